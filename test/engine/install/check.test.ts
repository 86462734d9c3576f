import { describe, expect, it } from 'vitest';
import { type Demand, refusal } from '../../../src/engine/install/check.js';
import type { Machine } from '../../../src/engine/install/machine.js';
import { fitMachine } from './surroundings.js';

const install: Demand = {
  where: 'engine install cpu',
  device: 'cpu',
  download: true,
  build: true,
  verify: true,
  directory: '/engines',
  neededBytes: 1.6e9,
};
const onGpu: Demand = { ...install, where: 'engine install gpu', device: 'gpu' };
const card = { name: 'Quadro RTX 8000', driver: '550.54.15' };

const say = (changes: Partial<Machine>, demand: Demand = install) =>
  refusal({ ...fitMachine, ...changes }, demand)?.message ?? null;

describe('an installation', () => {
  it('is refused by no machine that has everything', () => {
    expect(say({})).toBeNull();
    expect(say({ card }, onGpu)).toBeNull();
  });

  it.each([
    [
      'macOS',
      { platform: 'darwin', architecture: 'arm64', glibc: null },
      'expected Linux on x86-64, for which TensorFlow is published, got macOS on arm64',
    ],
    [
      'Windows',
      { platform: 'win32' },
      'expected Linux on x86-64, for which TensorFlow is published, got Windows on x64',
    ],
    [
      'another processor',
      { architecture: 'arm64' },
      'expected Linux on x86-64, for which TensorFlow is published, got Linux on arm64',
    ],
    ['musl', { glibc: null }, 'expected a Linux with the GNU C library, got another C library (musl'],
    ['an old processor', { avx: false }, 'expected a processor with AVX, got one without'],
    ['no compiler', { compiler: null }, 'expected a C++ compiler (g++, clang++ or $CXX), got none'],
    ['no tar', { tar: null }, 'expected the program tar, got none'],
    ['neither pip nor uv', { pip: null }, 'expected python3 with pip, or uv, to download TensorFlow, got neither'],
    ['no npm', { npm: null }, 'expected npm on the PATH, got none'],
    ['a full disk', { freeBytes: 1.2e9 }, 'expected 1.60 GB free in /engines, got 1.20 GB'],
  ] satisfies [string, Partial<Machine>, string][])('is refused in words: %s', (_, changes, words) => {
    expect(say(changes)).toContain(`engine install cpu: ${words}`);
  });

  it('for a GPU needs one, with a driver that knows CUDA 12', () => {
    expect(say({}, onGpu)).toContain('expected an NVIDIA GPU with its driver, got no answer from nvidia-smi');
    expect(say({ card: { ...card, driver: '470.223.02' } }, onGpu)).toContain(
      'expected an NVIDIA driver 525 or later, got 470.223.02 (Quadro RTX 8000)',
    );
  });

  it('for a GPU that is not there yet is possible without a trial', () => {
    expect(say({}, { ...onGpu, verify: false })).toBeNull();
  });

  it('without network needs no clients of registries', () => {
    expect(say({ pip: null, npm: null }, { ...install, download: false })).toBeNull();
  });

  it('names what cannot be mended before what can', () => {
    const everything = { platform: 'darwin', compiler: null, pip: null, freeBytes: 0 };
    expect(say(everything)).toContain('macOS');
    expect(say({ compiler: null, pip: null, freeBytes: 0 })).toContain('compiler');
  });
});

describe('a download for another machine', () => {
  const download: Demand = { ...onGpu, where: 'engine download gpu', build: false, verify: false };

  it('asks for nothing that only building needs', () => {
    expect(
      say({ platform: 'darwin', architecture: 'arm64', glibc: null, compiler: null, tar: null }, download),
    ).toBeNull();
  });

  it('needs clients and space', () => {
    expect(say({ pip: null }, download)).toContain('engine download gpu: expected python3 with pip');
    expect(say({ freeBytes: 1 }, download)).toContain('expected 1.60 GB free in /engines, got 0.00 GB');
  });
});
