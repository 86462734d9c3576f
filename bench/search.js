// The search against its peers, in virtual time: `npm run bench -- search [play|check|references|cases|split]`. See bench/README.md.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const commands = {
  play: async (words) => (await import('./search/play.js')).playCommand(words),
  check: async (words) => (await import('./search/check.js')).checkCommand(words),
  references: async (words) => (await import('./search/references.js')).referencesCommand(words),
  split: async (words) => (await import('./search/split.js')).splitCommand(words),
  cases: async (words) => (await import('./search/cases.js')).casesCommand(words),
};

export async function main(words) {
  const [first, ...rest] = words;
  // Those go by formula, without the surrogate, if nothing else is asked for.
  if (
    first !== 'cases' &&
    first !== 'split' &&
    !existsSync(fileURLToPath(new URL('search/node_modules/onnxruntime-node', import.meta.url)))
  ) {
    console.error('search: expected onnxruntime-node, got nothing; try npm ci --ignore-scripts --prefix bench/search');
    process.exitCode = 2;
    return;
  }
  const isNamed = Object.hasOwn(commands, first ?? '');
  try {
    await (isNamed ? commands[first](rest) : commands.play(words));
  } catch (error) {
    if (error.name !== 'InputError') throw error;
    console.error(`search: ${error.message}`);
    process.exitCode = 2;
  }
}
