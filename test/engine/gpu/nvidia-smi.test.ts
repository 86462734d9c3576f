import { describe, expect, it } from 'vitest';
import {
  NvidiaSmiError,
  parseCards,
  parseGpus,
  parseProcesses,
  readCards,
  readGpus,
} from '../../../src/engine/gpu/nvidia-smi.js';
import { fakeNvidiaSmi, oneGpu } from './fake-nvidia-smi.js';

const mebibyte = 2 ** 20;
const uuid = 'GPU-1a2b3c4d-0000-1111-2222-333344445555';
const quadro = {
  index: 0,
  uuid,
  name: 'Quadro RTX 8000',
  totalBytes: 46080 * mebibyte,
  usedBytes: 300 * mebibyte,
  freeBytes: 45500 * mebibyte,
};

describe('the list of GPUs', () => {
  it('has sizes in bytes and whole names', () => {
    expect(parseGpus(oneGpu)).toEqual([quadro]);
    expect(parseGpus('1, GPU-x, 16280, 0, 16276, Tesla P100, of a kind\r\n')).toMatchObject([
      { index: 1, name: 'Tesla P100, of a kind', freeBytes: 16276 * mebibyte },
    ]);
    expect(parseGpus('\n')).toEqual([]);
  });

  it.each([
    'No devices were found',
    '0, GPU-x, [N/A], 1, 2, name',
    '0, GPU-x, 12 MiB, 1, 2, name',
    ', GPU-x, 1, 1, 1, n',
  ])('that reads %j is refused in words', (text) => {
    expect(() => parseGpus(text)).toThrow(NvidiaSmiError);
    expect(() => parseGpus(text)).toThrow(`nvidia-smi: its answer cannot be read: ${text}`);
  });
});

describe('the list of processes', () => {
  it('has the memory of each, where the driver tells', () => {
    expect(parseProcesses(`${uuid}, 4711, 5012\n${uuid}, 12, [N/A]\n`)).toEqual([
      { uuid, pid: 4711, usedBytes: 5012 * mebibyte },
      { uuid, pid: 12, usedBytes: null },
    ]);
  });

  it('is empty where the driver may not list them', () => {
    expect(
      parseProcesses('[Insufficient Permissions], [Insufficient Permissions], [Insufficient Permissions]\n'),
    ).toEqual([]);
    expect(parseProcesses('')).toEqual([]);
  });

  it('of another form is refused', () => {
    expect(() => parseProcesses('a, b, c')).toThrow(/cannot be read: a, b, c/);
  });
});

describe('the list of cards', () => {
  it('has whole names and the driver', () => {
    expect(parseCards('NVIDIA H100 80GB HBM3, 550.54.15\nTesla P100, of a kind, 470.82\n')).toEqual([
      { name: 'NVIDIA H100 80GB HBM3', driver: '550.54.15' },
      { name: 'Tesla P100, of a kind', driver: '470.82' },
    ]);
    expect(parseCards('')).toEqual([]);
  });

  it.each(['No devices were found', 'Tesla P100,', ', 550.54.15'])('that reads %j is refused in words', (text) => {
    expect(() => parseCards(text)).toThrow(`nvidia-smi: its answer cannot be read: ${text.trim()}`);
  });
});

describe('nvidia-smi', () => {
  it('on the PATH is asked for both', async () => {
    const { env, answer } = fakeNvidiaSmi();
    answer(oneGpu, `${uuid}, 4711, 5012\n`);
    expect(await readGpus(env)).toEqual({
      gpus: [quadro],
      processes: [{ uuid, pid: 4711, usedBytes: 5012 * mebibyte }],
    });
  });

  it('on the PATH is asked for the cards', async () => {
    const { env } = fakeNvidiaSmi();
    expect(await readCards(env)).toEqual([{ name: 'Quadro RTX 8000', driver: '550.54.15' }]);
  });

  it('that fails is quoted', async () => {
    const { env, fail } = fakeNvidiaSmi();
    fail('NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.', 9);
    await expect(readGpus(env)).rejects.toMatchObject({
      kind: 'failed',
      message: 'nvidia-smi: NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.',
    });
  });

  it('that is not there is told apart from one that fails', async () => {
    await expect(readGpus({ PATH: '/no/such/folder' })).rejects.toMatchObject({ kind: 'absent' });
  });
});
