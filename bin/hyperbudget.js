#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entry = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(fileURLToPath(entry))) {
  process.stderr.write('hyperbudget: the program is not built yet; run `npm run build` first\n');
  process.exit(1);
}
// React's development build keeps every measurement for the life of the process: this must be set before it loads.
process.env['NODE_ENV'] ??= 'production';
if (process.env['NO_COLOR'] && process.env['FORCE_COLOR'] === undefined) process.env['FORCE_COLOR'] = '0';
const { main } = await import(entry.href);
const code = await main(process.argv);
// Not just the exit code: whatever would keep the process alive must not make it miss a deadline. First what was printed has to be out.
process.stdout.write('', () => process.exit(code));
