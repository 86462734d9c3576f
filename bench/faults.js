// Breaks things on purpose, and checks what hyperbudget promises: `npm run bench -- faults simulate|journal|processes`. See bench/README.md.
const commands = {
  simulate: async (words) => (await import('./faults/simulate/command.js')).simulateCommand(words),
  journal: async (words) => (await import('./faults/journal/command.js')).journalCommand(words),
  processes: async (words) => (await import('./faults/processes/command.js')).processesCommand(words),
};

export async function main([name, ...words]) {
  if (!Object.hasOwn(commands, name ?? '')) {
    console.log(`npm run bench -- faults ${Object.keys(commands).join('|')}; see bench/README.md`);
    process.exitCode = name ? 2 : 0;
    return;
  }
  await commands[name](words);
}
