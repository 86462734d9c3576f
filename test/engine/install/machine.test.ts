import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCard, readMachine, required } from '../../../src/engine/install/machine.js';
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

const read = (programs: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) =>
  readMachine({ ...env, PATH: pathOf(programs) }, temporaryFolder());

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

  it('has the card that nvidia-smi names first', async () => {
    const { card } = await read({
      'nvidia-smi': 'echo "NVIDIA H100 80GB HBM3, 550.54.15"; echo "Tesla P100, 550.54.15"',
    });
    expect(card).toEqual({ name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15' });
  });

  it('has free space where a folder is not there yet', async () => {
    const machine = await readMachine({ PATH: '' }, join(temporaryFolder(), 'not', 'yet'));
    expect(machine.freeBytes).toBeGreaterThan(0);
  });

  it('is where this process runs', async () => {
    const { platform, architecture, glibc } = await read({});
    expect({ platform, architecture }).toEqual({ platform: process.platform, architecture: process.arch });
    if (platform === 'linux' && glibc !== null) expect(glibc).toMatch(/^2\.\d+/);
  });
});

describe("nvidia-smi's answer", () => {
  it.each([
    ['nothing', ''],
    ['an apology', 'No devices were found'],
    ['half a line', 'Tesla P100,'],
  ])('names no card: %s', (_, answer) => {
    expect(parseCard(answer)).toBeNull();
  });
});

describe('a tool that the check has let pass', () => {
  it('is there, or it is an error of ours', () => {
    expect(required(fitMachine, 'tar')).toEqual(['tar']);
    expect(() => required({ ...fitMachine, tar: null }, 'tar')).toThrow('expected tar');
  });
});
