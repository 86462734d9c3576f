import { describe, expect, it } from 'vitest';
import { NvidiaSmiError } from '../../src/engine/gpu/nvidia-smi.js';
import type { StudyState } from '../../src/state/types.js';
import { StudySurroundings, type StudySurroundingsOptions } from '../../src/study/surroundings.js';
import type { Assignment } from '../../src/trial/protocol.js';
import { fakeNvidiaSmi } from '../engine/gpu/fake-nvidia-smi.js';
import { preparation } from '../report/example-study.js';
import { fakeProcess, GpuMachine, granted, hello } from './gpu-machine.js';

const [engineEvent] = preparation.filter((event) => event.type === 'engine-chosen');
const chosen = (engine: string, exclusive: boolean): StudyState['engine'] =>
  engineEvent ? { ...engineEvent, engine, exclusive, precision: 'bf16' } : null;
const probe: Assignment = {
  type: 'probe',
  sentAtSeconds: 0,
  killAtSeconds: 60,
  threads: 1,
  classes: 10,
  candidates: [],
  secondsEach: 1,
};
const predict: Assignment = {
  type: 'predict',
  memoryShare: 1,
  sentAtSeconds: 0,
  killAtSeconds: 60,
  threads: 4,
  data: '',
  seed: '',
  configuration: {},
  checkpoint: '',
  predictions: '',
};

function surroundings(changes: Partial<StudySurroundingsOptions> = {}) {
  const machine = new GpuMachine();
  const told: string[] = [];
  const options = {
    env: {},
    clock: machine.clock,
    cores: 4,
    gpuMemoryBytes: 6e9,
    engine: () => null,
    tell: (message: string) => told.push(message),
    note: () => undefined,
    readGpus: machine.read,
    ...changes,
  };
  return { own: new StudySurroundings(options), machine, told };
}

describe('the processes of a study', () => {
  it('are held to the engine and the precision that the probe has found, but not the probe itself', async () => {
    const found = surroundings({ engine: () => chosen('native-cpu', false) });
    expect(await found.own.admit(predict)).toMatchObject({
      HYPERBUDGET_ENGINE: 'native-cpu',
      HYPERBUDGET_PRECISION: 'bf16',
      HYPERBUDGET_THREADS: '4',
    });
    const looking = await found.own.admit(probe);
    expect(looking).not.toHaveProperty('HYPERBUDGET_ENGINE');
    expect(looking).toMatchObject({ HYPERBUDGET_THREADS: '1' });
  });

  it.each([
    ['an engine that shares its device', chosen('native-cpu', false), predict, true],
    ['one that is alone on it', chosen('native-gpu', true), predict, false],
    ['one that is still looked for', null, predict, false],
    ['one that is looked for again', chosen('native-cpu', false), probe, false],
  ])('are known to share their device before they say so: %s', (_, engine, assignment, shares) => {
    expect(surroundings({ engine: () => engine }).own.shares(assignment)).toBe(shares);
  });

  it('may use the GPU while the engine is looked for, and later where the engine is alone on its device', async () => {
    const { machine, ...looking } = surroundings();
    expect(await looking.own.admit(probe)).toMatchObject({ CUDA_VISIBLE_DEVICES: 'GPU-a' });
    const gpu = surroundings({ engine: () => chosen('native-gpu', true) });
    expect(await gpu.own.admit(predict)).toMatchObject({ CUDA_VISIBLE_DEVICES: 'GPU-a' });
    const cpu = surroundings({ engine: () => chosen('native-cpu', false) });
    expect(await cpu.own.admit(predict)).toMatchObject({ CUDA_VISIBLE_DEVICES: '-1' });
    expect(cpu.machine.looks).toBe(0);
  });

  it('ask the nvidia-smi of their own PATH', async () => {
    const { env } = fakeNvidiaSmi();
    const machine = new GpuMachine();
    const study = new StudySurroundings({
      env,
      clock: machine.clock,
      cores: 4,
      gpuMemoryBytes: 6e9,
      engine: () => null,
      tell: () => undefined,
      note: () => undefined,
    });
    expect(await study.admit(probe)).toMatchObject({
      CUDA_VISIBLE_DEVICES: 'GPU-1a2b3c4d-0000-1111-2222-333344445555',
      TF_DEVICE_MIN_SYS_MEMORY_IN_MB: String(45_500 - (5722 - 1536 - 128)),
    });
  });

  it('watch over the cap: a process that heeds none is stopped', async () => {
    const { own: study, machine } = surroundings();
    await study.admit(probe);
    const process = fakeProcess(machine, 7);
    study.started(process);
    process.say(granted(44_000));
    study.heard(process, hello('native-gpu', true));
    expect(process.stops).toHaveLength(1);
    study.ended(process);
    study.close();
  });
});

describe('without numbers from nvidia-smi the GPU', () => {
  const failed = async () => {
    throw new NvidiaSmiError('failed', 'the driver sleeps');
  };

  it('is hidden, and that is told once', async () => {
    const { own: study, told } = surroundings({ readGpus: failed });
    for (let process = 0; process < 2; process++) {
      expect(await study.admit(probe)).toMatchObject({ CUDA_VISIBLE_DEVICES: '-1' });
    }
    expect(told).toEqual(['the NVIDIA GPU is not used: nvidia-smi: the driver sleeps']);
  });

  it.each([
    ['the study has found it', chosen('native-gpu', true), {}, predict],
    ['the user wants it', null, { HYPERBUDGET_ENGINE: 'native-gpu' }, probe],
  ] as const)('is an error where %s', async (_, found, env, assignment) => {
    const engine = () => found;
    const { own: study } = surroundings({ readGpus: failed, engine, env });
    await expect(study.admit(assignment)).rejects.toThrow('nvidia-smi: the driver sleeps');
    const hidden = surroundings({ engine, env: { ...env, CUDA_VISIBLE_DEVICES: '-1' } });
    await expect(hidden.own.admit(assignment)).rejects.toThrow(/no NVIDIA GPU, or CUDA_VISIBLE_DEVICES hides it/);
  });

  it('is left to an engine that finds it in another way', async () => {
    const { own: study } = surroundings({ readGpus: failed, engine: () => chosen('webgpu', true) });
    expect(await study.admit(predict)).toMatchObject({ HYPERBUDGET_ENGINE: 'webgpu', CUDA_VISIBLE_DEVICES: '-1' });
  });
});
