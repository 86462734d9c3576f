import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activationLimitBytes,
  memorySources,
  processLimitBytes,
  recycleBytes,
  stepBytes,
} from '../../src/training/memory-limit.js';

const gibibyte = 2 ** 30;
const sources = { machineBytes: 32 * gibibyte, share: 0.25, gpuPoolBytes: 5 * gibibyte };
const wasm = { name: 'wasm', precision: 'f32' } as const;
const cpu = { name: 'native-cpu', precision: 'f32' } as const;
const gpu = { name: 'native-gpu', precision: 'f16' } as const;

describe('the memory for activations', () => {
  it('is 1.5 GiB on WebAssembly, whatever the machine has', () => {
    expect(activationLimitBytes(wasm, 1e9, sources)).toBe(1.5 * gibibyte);
    expect(activationLimitBytes(wasm, 0, { ...sources, machineBytes: 256 * gibibyte })).toBe(1.5 * gibibyte);
  });

  it("is half of the process's share of the machine on the CPU", () => {
    expect(stepBytes(cpu, 0, activationLimitBytes(cpu, 0, sources))).toBeCloseTo(4 * gibibyte);
    const alone = { ...sources, share: 1 };
    expect(stepBytes(cpu, 0, activationLimitBytes(cpu, 0, alone))).toBeCloseTo(16 * gibibyte);
  });

  it('is a part of the pool on a GPU, and as little as anywhere where nobody has set one', () => {
    for (const engine of [gpu, { ...gpu, name: 'webgpu' }]) {
      expect(stepBytes(engine, 0, activationLimitBytes(engine, 0, sources))).toBeCloseTo(4 * gibibyte);
      expect(activationLimitBytes(engine, 0, { ...sources, gpuPoolBytes: null })).toBe(1.5 * gibibyte);
    }
  });

  it('holds twice as many images in half the precision', () => {
    const half = { ...cpu, precision: 'bf16' } as const;
    expect(activationLimitBytes(half, 0, sources)).toBeCloseTo(2 * activationLimitBytes(cpu, 0, sources));
  });

  it('leaves room for the variables, but never none for the activations', () => {
    const bytes = fc.integer({ min: 0, max: 20 * gibibyte });
    fc.assert(
      fc.property(bytes, (variableBytes) => {
        const limit = activationLimitBytes(gpu, variableBytes, sources);
        expect(limit).toBeGreaterThan(0);
        const whole = stepBytes(gpu, variableBytes, limit);
        expect(whole <= 4 * gibibyte + 1 || limit <= 2 * gibibyte).toBe(true);
      }),
    );
  });
});

describe('what a step is expected to take', () => {
  // Smallest pools of TensorFlow 2.18 in which these networks trained: plan's activations, variables, pool; MiB.
  it.each([
    ['f32', 141, 4.9, 181],
    ['f32', 357, 19.1, 419],
    ['f32', 803, 19.1, 1049],
    ['f32', 356, 75.6, 573],
    ['bf16', 141, 4.9, 96],
    ['bf16', 357, 19.1, 241],
    ['bf16', 803, 19.1, 530],
    ['bf16', 356, 75.6, 343],
  ] as const)(
    'bounds what TensorFlow took in %s: %d and %d MiB by the plan, %d in truth',
    (precision, activations, variables, pool) => {
      const expected = stepBytes({ ...cpu, precision }, variables, activations);
      expect(expected).toBeGreaterThanOrEqual(pool);
      expect(expected).toBeLessThan(1.2 * pool);
    },
  );
});

describe('this process', () => {
  it('has a share of the machine by its threads, and the pool that its environment names', () => {
    const { machineBytes, share } = memorySources(1, {});
    expect(machineBytes).toBeGreaterThan(0);
    expect(share).toBeGreaterThan(0);
    expect(memorySources(1e6, {}).share).toBe(1);
    expect(memorySources(1, { HYPERBUDGET_GPU_POOL_BYTES: '5000' }).gpuPoolBytes).toBe(5000);
    expect(memorySources(1, {}).gpuPoolBytes).toBeNull();
  });
});

describe('what a process may hold', () => {
  it('is its share of 85 % of the memory', () => {
    expect(processLimitBytes(32 * gibibyte, 1)).toBeCloseTo(27.2 * gibibyte);
    expect(processLimitBytes(32 * gibibyte, 0.25)).toBeCloseTo(6.8 * gibibyte);
  });

  it('is never less than an engine needs', () => {
    expect(processLimitBytes(2 * gibibyte, 0.25)).toBe(gibibyte);
  });

  it('leaves room for the next assignment after the one before', () => {
    const bytes = fc.double({ min: 1e9, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(bytes, fc.double({ min: 0.01, max: 1, noNaN: true }), (machine, share) => {
        expect(recycleBytes(machine, share)).toBeLessThanOrEqual(0.7 * processLimitBytes(machine, share));
      }),
    );
    expect(recycleBytes(64 * gibibyte, 1)).toBe(32 * gibibyte);
    expect(recycleBytes(16 * gibibyte, 0.5)).toBe(4 * gibibyte);
  });
});
