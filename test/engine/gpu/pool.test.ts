import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseGpu,
  defaultGpuMemoryBytes,
  gpuEnvironment,
  guessedOverheadBytes,
  hiddenGpuEnvironment,
  marginBytes,
  poolBytes,
  releaseToleranceBytes,
  reservedBytes,
  unmeasuredPoolBytes,
} from '../../../src/engine/gpu/pool.js';

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
const plenty = {
  limitBytes: defaultGpuMemoryBytes,
  overheadBytes: 500 * mebibyte,
  freeBytes: 40 * gibibyte,
  stillHeldBytes: 0,
};

describe("TensorFlow's pool", () => {
  it('is the limit less what lies beside it and a margin', () => {
    expect(poolBytes(plenty)).toBe((5722 - 500 - 128) * mebibyte);
  });

  it('stays within the limit and what is free, however much is held and lies beside it', () => {
    const size = fc.integer({ min: 0, max: 50 * gibibyte });
    fc.assert(
      fc.property(size, size, size, size, (limitBytes, overheadBytes, freeBytes, stillHeldBytes) => {
        const input = { limitBytes, overheadBytes, freeBytes, stillHeldBytes };
        let pool: number;
        try {
          pool = poolBytes(input);
        } catch {
          const room = Math.min(limitBytes - stillHeldBytes, freeBytes) - overheadBytes - marginBytes;
          expect(room).toBeLessThan(257 * mebibyte);
          return;
        }
        expect(pool + releaseToleranceBytes + overheadBytes + stillHeldBytes).toBeLessThanOrEqual(limitBytes);
        expect(pool + overheadBytes).toBeLessThanOrEqual(freeBytes);
        expect(pool % mebibyte).toBe(0);
      }),
    );
  });

  it('that would be too small to train anything is refused with the reason', () => {
    expect(() => poolBytes({ ...plenty, limitBytes: 8e8 })).toThrow(
      '--gpu-memory: expected at least 884 MiB, got 763 MiB; try 6GB',
    );
    expect(() => poolBytes({ ...plenty, freeBytes: 5e8 })).toThrow(
      /GPU: expected at least 884 MiB of free memory, got 477 MiB/,
    );
    expect(() => poolBytes({ ...plenty, stillHeldBytes: 5.9e9 })).toThrow(/got 5722 MiB, 5627 MiB of it still held/);
  });

  it('before anything was measured leaves more beside it than later', () => {
    expect(unmeasuredPoolBytes(6e9)).toBe(6e9 - guessedOverheadBytes - marginBytes);
    expect(unmeasuredPoolBytes(1)).toBe(1);
  });
});

describe('the GPU', () => {
  const gpu = (index: number, freeGibibytes: number) => ({
    index,
    uuid: `GPU-${'abc'[index]}0000`,
    name: 'n',
    totalBytes: 16 * gibibyte,
    usedBytes: 0,
    freeBytes: freeGibibytes * gibibyte,
  });
  const gpus = [gpu(0, 3), gpu(1, 15), gpu(2, 15)];

  it('is the one with the most free memory', () => {
    expect(chooseGpu(gpus, undefined)?.index).toBe(1);
    expect(chooseGpu([], undefined)).toBeNull();
  });

  it.each([
    ['0', 0],
    ['2,1', 2],
    ['GPU-c', 2],
    ['GPU-a0000', 0],
  ])("is the user's where CUDA_VISIBLE_DEVICES is %j", (setting, index) => {
    expect(chooseGpu(gpus, setting)?.index).toBe(index);
  });

  it.each(['', '-1', 'NoDevFiles'])('is none where CUDA_VISIBLE_DEVICES is %j', (setting) => {
    expect(chooseGpu(gpus, setting)).toBeNull();
  });

  it('that is not there is refused', () => {
    expect(() => chooseGpu(gpus, '7')).toThrow(/CUDA_VISIBLE_DEVICES: expected a GPU .* 0 \(GPU-a0000\), .* got 7/);
  });
});

describe("a process's share of the GPU", () => {
  const share = { uuid: 'GPU-a', freeBytes: 40 * gibibyte, poolBytes: 5000 * mebibyte, contextBytes: 0 };

  it('is what TensorFlow finds free less what it must keep free', () => {
    expect(gpuEnvironment(share)).toMatchObject({
      CUDA_VISIBLE_DEVICES: 'GPU-a',
      TF_DEVICE_MIN_SYS_MEMORY_IN_MB: String(40 * 1024 - 5000),
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      TF_CUDNN_WORKSPACE_LIMIT_IN_MB: '625',
      HYPERBUDGET_GPU_POOL_BYTES: String(5000 * mebibyte),
    });
  });

  it('comes out no larger than the pool once the context is known, to a MiB', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 600 * mebibyte }),
        fc.integer({ min: 6000, max: 80_000 }),
        (contextBytes, free) => {
          const given = { ...share, freeBytes: free * mebibyte, contextBytes };
          const pool = given.freeBytes - contextBytes - reservedBytes(given);
          expect(pool).toBeLessThanOrEqual(given.poolBytes);
          expect(pool).toBeGreaterThan(given.poolBytes - mebibyte);
        },
      ),
    );
  });

  it('comes out smaller while the context is not known', () => {
    expect(share.freeBytes - 300 * mebibyte - reservedBytes(share)).toBeLessThan(share.poolBytes);
  });

  it("keeps TensorFlow's own lines readable, and its other allocator away, which heeds no limit", () => {
    expect(gpuEnvironment(share)).toMatchObject({
      TF_CPP_MIN_LOG_LEVEL: '0',
      TF_CPP_VMODULE: 'bfc_allocator=1',
      TF_GPU_ALLOCATOR: '',
    });
  });

  it('is nothing where nobody could hold the process to it', () => {
    expect(hiddenGpuEnvironment(6e9)).toEqual({
      CUDA_VISIBLE_DEVICES: '-1',
      HYPERBUDGET_GPU_POOL_BYTES: String(6e9 - guessedOverheadBytes - marginBytes),
    });
  });
});
