import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const mainPy = fileURLToPath(new URL('../../main.py', import.meta.url));

/** A copy of the project with main.py and stand-ins for everything that it starts. */
let root = '';
let work = '';
let data = '';
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'main-py-'));
  [root, work, data] = [join(folder, 'project'), join(folder, 'work'), join(folder, 'data')];
  for (const name of [join(root, 'dist', 'cli'), work, join(data, 'test')]) mkdirSync(name, { recursive: true });
  copyFileSync(mainPy, join(root, 'main.py'));
  writeFileSync(join(root, 'dist', 'cli', 'main.js'), '');
  for (const id of ['a', 'b', '.hidden']) writeFileSync(join(data, 'test', `${id}.jpeg`), '');
});
afterEach(() => {
  rmSync(join(root, '..'), { recursive: true, force: true });
});

/** A program in the project's bin folder; `script` is the body of a Node module and sees `words`, its arguments. */
function program(name: string, script: string): string {
  const path = join(root, name);
  const head = `#!${process.execPath}\nconst fs = require('node:fs');\nconst words = process.argv.slice(2);\n`;
  writeFileSync(path, head + script);
  chmodSync(path, 0o755);
  return path;
}

const submit = (...rows: string[]) =>
  `fs.writeFileSync('submission.csv', ${JSON.stringify(['image_id,label', ...rows, ''].join('\n'))});\n`;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const env = { ...process.env, ...environment };
  const child = spawn('python3', [join(root, 'main.py'), ...words], {
    cwd: work,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const outcome: Promise<Outcome> = Promise.all([code, text(child.stdout), text(child.stderr)]).then(
    ([exitCode, stdout, stderr]) => ({ code: exitCode, stdout, stderr }),
  );
  return { child, outcome };
}

const run = (node: string, ...words: string[]) => start(['--data_dir', data, '--node', node, ...words]).outcome;

describe.runIf(hasPython)('main.py', () => {
  test('starts the headless run on the data with the competition’s space and the budget, which began with the script', async () => {
    const node = program('node', `console.log(JSON.stringify(words));\n${submit('a,1', 'b,2')}`);
    const before = Date.now() / 1000;
    const { code, stdout } = await run(node, '--budget', '1h40m', '--seed', '3');
    const words: string[] = JSON.parse(stdout);
    const startedAt = words[9] ?? '';
    expect(words).toEqual([
      join(root, 'bin', 'hyperbudget.js'),
      'run',
      '--data',
      data,
      '--space',
      join(root, 'search-spaces', 'imagenet100.yaml'),
      '--budget',
      '5990.0s',
      '--started-at',
      startedAt,
      '--headless',
      '--seed',
      '3',
    ]);
    expect(Number(startedAt)).toBeGreaterThan(before - 0.01);
    expect(Number(startedAt)).toBeLessThan(Date.now() / 1000);
    expect(code).toBe(0);
  });

  test('a budget that began before the script is counted from there', async () => {
    const node = program('node', 'console.log(words[9]);');
    const hourAgo = new Date(Date.now() - 3_600_000);
    const { stdout } = await run(node, '--budget', '2h', '--started-at', hourAgo.toISOString());
    expect(Number(stdout)).toBeCloseTo(hourAgo.getTime() / 1000, 2);
    const used = await run(node, '--budget', '1h', '--started-at', hourAgo.toISOString());
    expect(used.code).toBe(2);
    expect(used.stderr).toMatch(/main\.py: --budget: expected more than \d+\.\d s, got 3600\.0 s; try a longer one/);
    expect((await run(node, '--started-at', 'yesterday')).code).toBe(2);
  });

  test('tells the run whose child it is, so that it ends when the script is killed', async () => {
    const node = program('node', `console.log(process.env.HYPERBUDGET_PARENT === String(process.ppid));`);
    expect((await run(node)).stdout.trim()).toBe('true');
  });

  test('a budget that is too short for the competition’s space is searched with one made for it, and said', async () => {
    const node = program('node', 'console.log(words[5]);');
    const { stdout, stderr } = await run(node, '--budget', '10m');
    expect(stdout.trim()).toBe('auto');
    expect(stderr).toMatch(/too short for imagenet100\.yaml/);
    const late = new Date(Date.now() - 8.5 * 3_600_000);
    expect((await run(node, '--started-at', late.toISOString())).stdout.trim()).toBe('auto');
    expect((await run(node, '--space', 'auto', '--budget', '2h')).stdout.trim()).toBe('auto');
  });

  test('the default budget is nine hours, another one may stand in the environment', async () => {
    const node = program('node', 'console.log(words[7]);');
    const words = ['--data_dir', data, '--node', node];
    expect(Number.parseFloat((await start(words).outcome).stdout)).toBeGreaterThan(32_300);
    const { stdout } = await start(words, { HYPERBUDGET_BUDGET: '10m' }).outcome;
    expect(Number.parseFloat(stdout)).toBeLessThan(600);
    expect(Number.parseFloat(stdout)).toBeGreaterThan(500);
  });

  test('a complete submission makes it succeed whatever the run’s exit code is', async () => {
    const node = program('node', `${submit('b,2', 'a,1')}process.exit(4);`);
    const { code, stderr } = await run(node);
    expect(code).toBe(0);
    expect(stderr).toContain('exit code 4');
  });

  test('what is no image in the test folder does not count', async () => {
    for (const name of ['Thumbs.db', 'notes.txt']) writeFileSync(join(data, 'test', name), '');
    mkdirSync(join(data, 'test', 'more.png'));
    writeFileSync(join(data, 'test', 'c.last.PNG'), '');
    expect((await run(program('node', submit('a,1', 'b,2', 'c,1')))).code).toBe(0);
  });

  test('another format of an image that has a usual file does not count', async () => {
    for (const name of ['a.gif', 'b.TIFF', 'c.avif']) writeFileSync(join(data, 'test', name), '');
    expect((await run(program('node', submit('a,1', 'b,2', 'c,1')))).code).toBe(0);
  });

  test('ids may be whole names without the ending, but those of all images', async () => {
    for (const name of ['2019.05.12.png', '2019.06.01.png', 'c.last.PNG']) writeFileSync(join(data, 'test', name), '');
    const rows = ['a,1', 'b,2', '2019.05.12,1', '2019.06.01,1'];
    expect((await run(program('node', submit(...rows, 'c.last,1')))).code).toBe(0);
    expect((await run(program('node', submit(...rows, 'c,1')))).code).toBe(1);
    expect((await run(program('node', submit('a,1', 'b,2', '2019,1', '2019,1', 'c,1')))).code).toBe(1);
  });

  test('an image that is a link to nothing or in a circle has its row', async () => {
    symlinkSync('nowhere', join(data, 'test', 'c.png'));
    symlinkSync('d.png', join(data, 'test', 'd.png'));
    expect((await run(program('node', submit('a,1', 'b,2', 'c,1', 'd,1')))).code).toBe(0);
  });

  test.each([
    ['a missing row', submit('a,1')],
    ['a row too many', submit('a,1', 'b,2', 'c,3')],
    ['a row for another image', submit('a,1', 'c,3')],
    ['an image twice', submit('a,1', 'a,1')],
    ['another header', "fs.writeFileSync('submission.csv', 'id,label\\na,1\\nb,1\\n');\n"],
    ['no file', ''],
  ])('with %s the run’s exit code is its own', async (_, script) => {
    expect((await run(program('node', `${script}process.exit(3);`))).code).toBe(3);
    expect((await run(program('node', script))).code).toBe(1);
  });

  test('a submission that stood there before does not count', async () => {
    writeFileSync(join(work, 'submission.csv'), 'image_id,label\na,1\nb,1\n');
    expect((await run(program('node', 'process.exit(3);'))).code).toBe(3);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches the run, whose end decides', async (signal) => {
    const node = program(
      'node',
      `process.on('${signal}', () => { console.log('got ${signal}'); process.exit(3); });
       setInterval(() => undefined, 1000);
       console.log('ready');`,
    );
    const { child, outcome } = start(['--data_dir', data, '--node', node]);
    child.stdout.once('data', () => child.kill(signal));
    const { code, stdout } = await outcome;
    expect(stdout).toContain(`got ${signal}`);
    expect(code).toBe(3);
  });

  test('a terminal that goes away ends nothing', async () => {
    const node = program(
      'node',
      `process.once('SIGTERM', () => process.exit(3));
       setInterval(() => undefined, 1000);
       console.log('ready');`,
    );
    const { child, outcome } = start(['--data_dir', data, '--node', node]);
    child.stdout.once('data', () => {
      child.kill('SIGHUP');
      child.kill('SIGTERM');
    });
    expect((await outcome).code).toBe(3);
  });

  test('building that hangs is killed when the budget ends', async () => {
    rmSync(join(root, 'dist'), { recursive: true });
    const path = join(root, '..', 'npm');
    writeFileSync(path, `#!${process.execPath}\nsetInterval(() => undefined, 1000);\n`);
    chmodSync(path, 0o755);
    const environment = { PATH: `${join(root, '..')}${delimiter}${process.env['PATH']}` };
    const { code, stderr } = await start(['--data_dir', data, '--budget', '3s'], environment).outcome;
    expect(stderr).toContain('npm is still going when the budget has ended');
    expect(code).toBe(1);
  });

  test('a run that hangs is killed when the budget ends, and its submission counts', async () => {
    const node = program('node', `${submit('a,1', 'b,2')}setInterval(() => undefined, 1000);`);
    const { code, stderr } = await run(node, '--budget', '3s');
    expect(stderr).toContain('killed');
    expect(code).toBe(0);
  });

  test('without a build it installs and builds first, with words', async () => {
    rmSync(join(root, 'dist'), { recursive: true });
    program('npm', `fs.appendFileSync('npm.log', words.join(' ') + '\\n');`);
    const node = program('node', submit('a,1', 'b,2'));
    const path = `${root}${delimiter}${process.env['PATH']}`;
    const { code, stderr } = await start(['--data_dir', data, '--node', node], { PATH: path }).outcome;
    expect(readFileSync(join(root, 'npm.log'), 'utf8')).toBe('ci\nrun build\n');
    expect(stderr).toContain('not built yet');
    expect(code).toBe(0);
  });

  test('a build that fails ends it before anything is trained', async () => {
    rmSync(join(root, 'dist'), { recursive: true });
    program('npm', 'process.exit(1);');
    const node = program('node', submit('a,1', 'b,2'));
    const path = `${root}${delimiter}${process.env['PATH']}`;
    const { code, stderr } = await start(['--data_dir', data, '--node', node], { PATH: path }).outcome;
    expect([code, existsSync(join(work, 'submission.csv'))]).toEqual([1, false]);
    expect(stderr).toContain('npm ci failed');
  });

  test.each([
    [['--data_dir', 'absent'], 'expected a folder'],
    [['--data_dir', '.', '--budget', 'soon'], 'expected a duration above zero'],
    [['--data_dir', '.', '--budget', '0s'], 'expected a duration above zero'],
    [['--data_dir', '.', '--budget', '0.001s'], 'try a longer one'],
    [[], '--data_dir'],
  ])('bad usage %j ends with code 2 and says why', async (words, message) => {
    const { code, stderr } = await start(words).outcome;
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('a missing Node.js is named', async () => {
    const { code, stderr } = await run(join(root, 'no-such-node'));
    expect(code).toBe(1);
    expect(stderr).toContain('no-such-node');
  });
});
