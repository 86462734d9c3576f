import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/study/environment.js';

const needs = { base: {}, threads: 2, cores: 8, pins: null, gpu: {} };

describe('the environment of a trial process', () => {
  it('gives every library the same threads in all, whatever the user has set for the whole', () => {
    const base = { OMP_NUM_THREADS: '64', HYPERBUDGET_THREADS: '8', TF_NUM_INTRAOP_THREADS: '0' };
    expect(processEnvironment({ ...needs, base })).toMatchObject({
      HYPERBUDGET_THREADS: '2',
      HYPERBUDGET_CORES: '8',
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS: '2',
      OMP_NUM_THREADS: '2',
    });
  });

  it('lets threads divide single operations only where there are more of them than a usual batch has parts', () => {
    const of = (threads: number) => processEnvironment({ ...needs, threads })['TF_NUM_INTRAOP_THREADS'];
    expect([1, 4, 8, 16].map(of)).toEqual(['1', '1', '2', '4']);
  });

  it('leaves engine and precision open until they are found, and holds later processes to them', () => {
    expect(processEnvironment(needs)).not.toHaveProperty('HYPERBUDGET_ENGINE');
    expect(processEnvironment(needs)).not.toHaveProperty('HYPERBUDGET_PRECISION');
    expect(
      processEnvironment({
        ...needs,
        base: { HYPERBUDGET_PRECISION: 'auto' },
        pins: { engine: 'native-cpu', precision: 'bf16' },
      }),
    ).toMatchObject({ HYPERBUDGET_ENGINE: 'native-cpu', HYPERBUDGET_PRECISION: 'bf16' });
  });

  it("keeps the user's own choice of engine and precision from the start, and all the rest", () => {
    const base = { HYPERBUDGET_ENGINE: 'wasm', HYPERBUDGET_PRECISION: 'f32', HOME: '/home/ada' };
    expect(processEnvironment({ ...needs, base })).toMatchObject(base);
  });

  it("keeps TensorFlow quiet unless the user wants it otherwise, or its lines are needed for the GPU's sake", () => {
    expect(processEnvironment(needs)['TF_CPP_MIN_LOG_LEVEL']).toBe('1');
    const base = { TF_CPP_MIN_LOG_LEVEL: '3' };
    expect(processEnvironment({ ...needs, base })['TF_CPP_MIN_LOG_LEVEL']).toBe('3');
    const gpu = { TF_CPP_MIN_LOG_LEVEL: '0', CUDA_VISIBLE_DEVICES: 'GPU-a' };
    expect(processEnvironment({ ...needs, base, gpu })).toMatchObject(gpu);
  });

  it('asks for the fast batch normalisation of graphics cards in f16, which the user can refuse', () => {
    const name = 'TF_USE_CUDNN_BATCHNORM_SPATIAL_PERSISTENT';
    expect(processEnvironment(needs)[name]).toBe('1');
    const pinned = (precision: 'f16' | 'f32') =>
      processEnvironment({ ...needs, pins: { engine: 'native-gpu', precision } })[name];
    expect([pinned('f16'), pinned('f32')]).toEqual(['1', undefined]);
    expect(processEnvironment({ ...needs, base: { [name]: '0' } })[name]).toBe('0');
  });
});
