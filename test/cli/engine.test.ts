import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCode } from '../../src/errors.js';
import { startWith, temporaryFolder, write } from './program.js';

/** `hyperbudget engine …` with engines in `folder/engines`; its compiler answers and compiles nothing. */
const engine = (folder: string, words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  startWith({ HYPERBUDGET_ENGINES: join(folder, 'engines'), CXX: process.execPath, ...env }, folder, 'engine', ...words)
    .ended;

/** A PATH with nothing but programs that do nothing, well. */
function pathOf(folder: string, programs: readonly string[]): string {
  const path = join(folder, 'path');
  mkdirSync(path);
  for (const name of programs) {
    writeFileSync(join(path, name), '#!/bin/sh\n');
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('hyperbudget engine', () => {
  it('list says what is not installed, and creates nothing', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await engine(folder, ['list']);
    expect(code).toBe(0);
    expect(stdout).toContain('cpu        not installed\ngpu        not installed\n');
    expect(existsSync(join(folder, 'engines'))).toBe(false);
  });

  it('list looks into the cache folder of the user', async () => {
    const folder = temporaryFolder();
    write(folder, { 'cache/hyperbudget/engines/cpu/engine.json': '{}' });
    const { stdout } = await engine(folder, ['list'], { HYPERBUDGET_ENGINES: '' });
    expect(stdout).toContain(join(folder, 'cache/hyperbudget/engines/cpu'));
  });

  it('remove says what it removed', async () => {
    const folder = temporaryFolder();
    write(folder, { 'engines/cpu/engine.json': '{}', 'engines/downloads/a.whl': '' });
    const { code, stdout } = await engine(folder, ['remove', 'cpu']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `removed ${join(folder, 'engines/cpu')} (0.00 GB)\n` });
    expect((await engine(folder, ['remove'])).stdout).toContain(`removed ${join(folder, 'engines/downloads')}`);
    expect((await engine(folder, ['remove'])).stdout).toContain('nothing to remove');
  });

  it('install from a folder that lacks everything names it all, with code 2', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'wheels'));
    const { code, stdout, stderr } = await engine(folder, ['install', 'cpu', '--from', 'wheels']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^hyperbudget: engine install cpu: expected .*\n$/);
    // Where TensorFlow is not published that is what it says first.
    if (process.platform === 'linux' && process.arch === 'x64') {
      expect(stderr).toMatch(/got no tensorflow-tfjs-node-4\.22\.0\.tgz, no tensorflow_cpu-2\.18\.1-.*\.whl; try/);
    }
    expect(existsSync(join(folder, 'engines', 'cpu'))).toBe(false);
  });

  it('download without pip or uv says so, with code 2', async () => {
    const folder = temporaryFolder();
    const PATH = pathOf(folder, ['npm']);
    const { code, stderr } = await engine(folder, ['download', 'cpu', 'wheels'], { PATH });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /engine download cpu: expected python3 with pip, or uv, to download TensorFlow, got neither; try/,
    );
  });

  it('download that finds no wheel tells so, with code 1', async () => {
    const folder = temporaryFolder();
    const PATH = pathOf(folder, ['python3', 'npm']);
    const { code, stderr } = await engine(folder, ['download', 'cpu', 'wheels'], { PATH });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'expected tensorflow-tfjs-node-4.22.0.tgz as published, got other files from the registry',
    );
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it and the programs that it runs', async (signal) => {
    const folder = temporaryFolder();
    const PATH = pathOf(folder, ['python3']);
    const pidFile = join(folder, 'pid');
    // The client of a registry that does not answer; asked for its version it does.
    const npm = `#!/bin/sh\n[ "$1" = --version ] && exit 0\necho $$ > '${pidFile}'\nexec '${process.execPath}' -e 'setInterval(() => 0, 1000)'\n`;
    writeFileSync(join(PATH, 'npm'), npm, { mode: 0o755 });
    const { child, ended } = startWith({ PATH }, folder, 'engine', 'download', 'cpu', 'wheels');
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8'), { timeout: 30_000 }).toMatch(/\n/);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    child.kill(signal);
    const { code, stderr } = await ended;
    expect(code).toBe(exitCode.interrupted);
    expect(stderr).toContain('interrupted; complete downloads are kept');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('does not change a folder of engines that another process changes', async () => {
    const folder = temporaryFolder();
    write(folder, { 'engines/.lock': `${process.pid}\n` });
    const { code, stderr } = await engine(folder, ['remove']);
    expect(code).toBe(2);
    expect(stderr).toContain(`expected a folder of engines that no process works on, got process ${process.pid}`);
  });
});
