import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'start-'));
  for (const folder of ['scripts', 'bin']) mkdirSync(join(root, folder));
  copyFileSync(fileURLToPath(new URL('../../scripts/start.js', import.meta.url)), join(root, 'scripts', 'start.js'));
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Stand-ins that log their words; `body` sees `command`, the first word. */
function programs(body: string, build = ''): void {
  const log = (name: string) =>
    `import fs from 'node:fs';\nconst [command, ...words] = process.argv.slice(2);
fs.appendFileSync('log', ['${name}', command, ...words].join(' ').trim() + '\\n');\n`;
  writeFileSync(join(root, 'scripts', 'build.js'), log('build') + build);
  writeFileSync(join(root, 'bin', 'hyperbudget.js'), log('hyperbudget') + body);
}

function start(...words: string[]) {
  const child = spawn(process.execPath, [join(root, 'scripts', 'start.js'), ...words], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, code: new Promise<number | null>((resolve) => child.on('exit', resolve)) };
}

const log = (): readonly string[] => readFileSync(join(root, 'log'), 'utf8').trimEnd().split('\n');

const expected = [
  'build',
  'hyperbudget example fashion-mnist data/fashion-mnist',
  'hyperbudget run --data data/fashion-mnist --budget 6m',
  'hyperbudget score submission.csv data/fashion-mnist-test-labels.csv',
];

const submits = "if (command === 'run') fs.writeFileSync('submission.csv', 'image_id,label');\n";

test('npm start builds, writes the example, runs and scores, in this order', async () => {
  programs(`${submits}if (command === 'score') console.log('top-1 0.9134');`);
  const { child, code } = start();
  expect((await text(child.stdout)).trimEnd().split('\n').at(-1)).toBe('top-1 0.9134');
  expect([await code, log()]).toEqual([0, expected]);
});

test('further words go to run', async () => {
  programs('');
  await start('--seed', '3').code;
  expect(log()[2]).toBe(`${expected[2]} --seed 3`);
});

test('a fallback result is scored too and keeps its exit code', async () => {
  programs(`${submits}if (command === 'run') process.exit(4);`);
  expect([await start().code, log()]).toEqual([4, expected]);
});

test('a run that fails is not scored, even where an old submission stands', async () => {
  programs("if (command === 'run') process.exit(1);");
  writeFileSync(join(root, 'submission.csv'), 'old');
  expect([await start().code, log()]).toEqual([1, expected.slice(0, 3)]);
});

test('words that make run do nothing, such as --help, score no old submission', async () => {
  programs('');
  writeFileSync(join(root, 'submission.csv'), 'old');
  const words = ['--help'];
  expect([await start(...words).code, log()]).toEqual([0, [...expected.slice(0, 2), `${expected[2]} --help`]]);
});

test('an old submission that the run has replaced is scored', async () => {
  programs(submits);
  writeFileSync(join(root, 'submission.csv'), 'image_id,label');
  expect([await start().code, log()]).toEqual([0, expected]);
});

test.each([
  [0, 2],
  [4, 4],
])('a score that fails after a run that ended with %i gives %i', async (ran, code) => {
  programs(`${submits}process.exit(command === 'run' ? ${ran} : command === 'score' ? 2 : 0);`);
  expect([await start().code, log()]).toEqual([code, expected]);
});

test('a build that fails ends it', async () => {
  programs('', 'process.exit(2);');
  expect([await start().code, log()]).toEqual([2, expected.slice(0, 1)]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s is passed on to the run, whose exit code counts', async (signal) => {
  programs(`if (command === 'run') {
    process.on('${signal}', () => process.exit(3));
    setInterval(() => undefined, 1000);
    console.log('ready');
  }`);
  const { child, code } = start();
  child.stdout.once('data', () => child.kill(signal));
  expect([await code, log()]).toEqual([3, expected.slice(0, 3)]);
});

test('a terminal that goes away ends nothing', async () => {
  programs(`if (command === 'run') {
    process.once('SIGUSR2', () => process.exit(3));
    setInterval(() => undefined, 1000);
    console.log(process.pid);
  }`);
  const { child, code } = start();
  child.stdout.once('data', (pid) => {
    child.kill('SIGHUP');
    process.kill(Number(pid), 'SIGUSR2');
  });
  expect([await code, log()]).toEqual([3, expected.slice(0, 3)]);
});
