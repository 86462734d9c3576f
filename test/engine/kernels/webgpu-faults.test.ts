import { describe, expect, it } from 'vitest';
import { OutOfMemoryError } from '../../../src/engine/engine.js';
import { FaultLog, faultOf } from '../../../src/engine/kernels/webgpu-faults.js';

describe('the log of WebGPU’s faults', () => {
  it('throws a fault once, and nothing when there was none', () => {
    const log = new FaultLog();
    expect(log.empty).toBe(true);
    log.throwAny();
    log.note(faultOf('GPUValidationError', 'the bind group is invalid'));
    expect(log.empty).toBe(false);
    expect(() => log.throwAny()).toThrow(new Error('webgpu: the bind group is invalid'));
    expect(log.empty).toBe(true);
    log.throwAny();
  });

  it('missing memory goes before what follows from it', () => {
    const log = new FaultLog();
    log.note(faultOf('GPUValidationError', 'the buffer is invalid'));
    log.note(faultOf('GPUOutOfMemoryError', 'failed to allocate'));
    expect(() => log.throwAny()).toThrow(OutOfMemoryError);
    expect(log.empty).toBe(true);
  });

  it.each([
    'Buffer size (2147483648) exceeds the max buffer size limit (1073741824).',
    'Binding size (268435456) of [Buffer] is larger than the maximum storage buffer binding size (134217728).',
    'vkAllocateMemory: out of memory',
  ])('memory is what is missing: %s', (message) => {
    expect(faultOf('GPUValidationError', message).outOfMemory).toBe(true);
  });

  it('a lost device stays lost', () => {
    const log = new FaultLog();
    log.noteLoss('the driver was reset');
    for (const _ of [1, 2]) expect(() => log.throwAny()).toThrow('webgpu: the device was lost: the driver was reset');
    expect(log.empty).toBe(false);
  });
});
