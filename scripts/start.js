// `npm start`: builds, writes the example data set once, runs a 6-minute study on it and scores its submission. What follows
// `npm start --` goes to `hyperbudget run`.
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const data = 'data/fashion-mnist';
const labels = 'data/fashion-mnist-test-labels.csv';
const submission = 'submission.csv';
const program = 'bin/hyperbudget.js';
const [done, fallback] = [0, 4];

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

let child;
let received;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    received ??= signal;
    child?.kill(signal);
  });
}
// A terminal that goes away does not end a run.
process.on('SIGHUP', () => undefined);

/** The exit code of one Node program. */
function run(...words) {
  return new Promise((resolve, reject) => {
    // A run ends with this process.
    const env = { ...process.env, HYPERBUDGET_PARENT: String(process.pid) };
    child = spawn(process.execPath, words, { stdio: 'inherit', env });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** Tells an old submission from one that was put in its place. */
function identity() {
  const stat = statSync(submission, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

async function start() {
  for (const step of [['scripts/build.js'], [program, 'example', 'fashion-mnist', data]]) {
    const code = await run(...step);
    if (received !== undefined) return 128 + constants.signals[received];
    if (code !== done) return code;
  }
  // Without --space: one made for what this machine turns out to train in the time.
  const study = ['--data', data, '--budget', '6m'];
  const before = identity();
  const code = await run(program, 'run', ...study, ...process.argv.slice(2));
  // Only these two say that a submission of this study stands; `--help` ends well without one.
  if ((code !== done && code !== fallback) || identity() === before) return code;
  const scored = await run(program, 'score', submission, labels);
  return code === done ? scored : code;
}

process.exitCode = await start();
