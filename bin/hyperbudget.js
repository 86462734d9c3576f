#!/usr/bin/env node
// CommonJS, because the loader of ES modules starts the thread pool before the first line of a module runs.
const { existsSync } = require('node:fs');
const { availableParallelism } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

// A few images, and very large ones, are decoded on this pool, which has four threads by itself however many cores there are.
const cores = availableParallelism();
const threads = Math.min(cores, Number(process.env['HYPERBUDGET_THREADS']) || cores);
// No fewer than by itself: the pool also waits for the disk.
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(4, threads));
// React's development build keeps every measurement for the life of the process: this must be set before it loads.
process.env['NODE_ENV'] ??= 'production';
if (process.env['NO_COLOR'] && process.env['FORCE_COLOR'] === undefined) process.env['FORCE_COLOR'] = '0';

// What runs a study is supervised by a process that nothing happens in: this one, unless it is the supervised one itself.
const studies = ['run', 'search', 'final', 'resume'];
const supervises = studies.includes(process.argv[2] ?? '') && process.env['HYPERBUDGET_SUPERVISED'] === undefined;
const entry = join(__dirname, '../dist', supervises ? 'supervisor' : 'cli', 'main.js');
if (!existsSync(entry)) {
  process.stderr.write('hyperbudget: the program is not built yet; run `npm run build` first\n');
  process.exit(1);
}
import(pathToFileURL(entry).href)
  .then(({ main }) => main(process.argv))
  // Not just the exit code: whatever would keep the process alive must not make it miss a deadline. First what was printed has to be out, but for what a
  // terminal does not take.
  .then((code) => (process.stdout.isTTY ? process.exit(code) : process.stdout.write('', () => process.exit(code))));
