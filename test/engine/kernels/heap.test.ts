import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { OutOfMemoryError } from '../../../src/engine/engine.js';
import type { WasmHeap } from '../../../src/engine/kernels/heap.js';
import { startWasm } from '../../../src/engine/kernels/wasm.js';

let heap: WasmHeap;
beforeAll(async () => {
  ({ heap } = await startWasm());
});

describe('the heap', () => {
  it.each([2 ** 30 - 1000, 2 ** 30, 2 ** 31])('%i floats are too many, and nothing is lost by asking', (floats) => {
    const [floatsBefore, tensors] = [heap.floats().length, memory().numTensors];
    expect(() => heap.allocate([floats])).toThrow(OutOfMemoryError);
    expect(heap.floats()).toHaveLength(floatsBefore);
    expect(memory().numTensors).toBe(tensors);
    const small = heap.allocate([4]);
    heap.values(small).set([1, 2, 3, 4]);
    expect([...small.dataSync()]).toEqual([1, 2, 3, 4]);
    small.dispose();
  });

  it('values stay when the memory grows under a view of them', () => {
    const small = heap.allocate([2]);
    heap.values(small).set([5, 6]);
    const before = heap.floats();
    const large = heap.allocate([before.length]);
    expect(before).toHaveLength(0);
    expect([...heap.values(small)]).toEqual([5, 6]);
    expect(heap.floats()[heap.address(small) / 4 + 1]).toBe(6);
    small.dispose();
    large.dispose();
  });
});
