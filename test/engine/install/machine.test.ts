import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type MachineQuestion, readMachine, required } from '../../../src/engine/install/machine.js';
import { fitMachine, temporaryFolder } from './surroundings.js';

/** A PATH with nothing but these programs: shell scripts. */
function pathOf(programs: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

const everything: MachineQuestion = { card: true, clients: true };

const read = (
  programs: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
  question: MachineQuestion = everything,
) => readMachine({ ...env, PATH: pathOf(programs) }, temporaryFolder(), question);

describe('this machine', () => {
  it('without any program lacks them all', async () => {
    const machine = await read({});
    const { compiler, pip, npm, tar, strip, card } = machine;
    expect({ compiler, pip, npm, tar, strip, card }).toEqual({
      compiler: null,
      pip: null,
      npm: null,
      tar: null,
      strip: null,
      card: null,
    });
  });

  it('takes g++ before clang++, and either', async () => {
    expect((await read({ 'g++': '', 'clang++': '' })).compiler).toEqual(['g++']);
    expect((await read({ 'clang++': '' })).compiler).toEqual(['clang++']);
    expect((await read({ 'g++': 'exit 1' })).compiler).toBeNull();
  });

  it('takes the compiler of $CXX and no other', async () => {
    expect((await read({ ccache: '', 'g++': '' }, { CXX: 'ccache g++' })).compiler).toEqual(['ccache', 'g++']);
    expect((await read({ 'g++': '' }, { CXX: 'icpx' })).compiler).toBeNull();
  });

  it('uses a Python only if it has pip, else uv', async () => {
    const withoutPip = 'exit 1';
    expect((await read({ python3: '' })).pip).toEqual(['python3', '-m', 'pip']);
    expect((await read({ python3: withoutPip, python: '' })).pip).toEqual(['python', '-m', 'pip']);
    expect((await read({ python3: withoutPip, uv: '' })).pip).toEqual(['uv', 'tool', 'run', 'pip']);
    expect((await read({ python3: withoutPip })).pip).toBeNull();
  });

  it('does not have uv fetch pip only to look at it', async () => {
    const onlyItself = '[ "$*" = --version ]';
    expect((await read({ uv: onlyItself })).pip).toEqual(['uv', 'tool', 'run', 'pip']);
  });

  it('is not asked for clients that are not needed, nor for a card', async () => {
    const marker = join(temporaryFolder(), 'called');
    const mark = `echo >> '${marker}'`;
    const programs = { python3: mark, python: mark, uv: mark, npm: mark, 'nvidia-smi': mark };
    const { pip, npm, card } = await read(programs, {}, { card: false, clients: false });
    expect({ pip, npm, card }).toEqual({ pip: null, npm: null, card: null });
    expect(existsSync(marker)).toBe(false);
  });

  it('is looked at no longer once that is aborted', async () => {
    const reason = new Error('stopped by the user');
    const controller = new AbortController();
    const marker = join(temporaryFolder(), 'called');
    const hangs = `echo >> '${marker}'; while :; do :; done`;
    const looking = read({ npm: hangs }, {}, { ...everything, signal: controller.signal });
    await expect.poll(() => existsSync(marker)).toBe(true);
    controller.abort(reason);
    await expect(looking).rejects.toBe(reason);
  });

  it('has the card that nvidia-smi names first', async () => {
    const { card } = await read({
      'nvidia-smi': 'echo "NVIDIA H100 80GB HBM3, 550.54.15"; echo "Tesla P100, 550.54.15"',
    });
    expect(card).toEqual({ name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15' });
  });

  it.each(['echo No devices were found', 'exit 9'])('has no card where nvidia-smi does this: %s', async (script) => {
    expect((await read({ 'nvidia-smi': script })).card).toBeNull();
  });

  it('has free space where a folder is not there yet', async () => {
    const machine = await readMachine({ PATH: '' }, join(temporaryFolder(), 'not', 'yet'), everything);
    expect(machine.freeBytes).toBeGreaterThan(0);
  });

  it('is where this process runs', async () => {
    const { platform, architecture, glibc } = await read({});
    expect({ platform, architecture }).toEqual({ platform: process.platform, architecture: process.arch });
    if (platform === 'linux' && glibc !== null) expect(glibc).toMatch(/^2\.\d+/);
  });
});

describe('a tool that the check has let pass', () => {
  it('is there, or it is an error of ours', () => {
    expect(required(fitMachine, 'tar')).toEqual(['tar']);
    expect(() => required({ ...fitMachine, tar: null }, 'tar')).toThrow('expected tar');
  });
});
