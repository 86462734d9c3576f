import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/**
 * How this program is called from a folder, to be pasted into a shell: with `npx` within its checkout, where the README calls it so. Elsewhere npx would
 * ask a registry for a package of this name, so the program's own path is given.
 */
export function ownCommand(folder = process.cwd()): string {
  const isWithin = !relative(packageFolder, folder).startsWith('..');
  if (isWithin) return 'npx hyperbudget';
  const program = join(packageFolder, 'bin/hyperbudget.js');
  return `node ${/[^\w./-]/.test(program) ? `'${program.replaceAll("'", "'\\''")}'` : program}`;
}
