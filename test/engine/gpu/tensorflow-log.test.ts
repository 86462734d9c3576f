import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TensorFlowLog } from '../../../src/engine/gpu/tensorflow-log.js';

const mebibyte = 2 ** 20;
/** The lines of TensorFlow 2.18, those of the device after 2.15 to 2.18, those of the allocator as its CPU twin prints them. */
const lines = [
  '2026-11-22 21:07:14.215750: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on. You may see slightly different results',
  '2026-11-22 21:07:16.733764: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:84] Creating new BFCAllocator named: GPU_0_bfc',
  '2026-11-22 21:07:16.733840: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:87] Creating bin of max chunk size 256B',
  'I0000 00:00:1795381636.734132   12345 gpu_device.cc:2022] Created device /job:localhost/replica:0/task:0/device:GPU:0 with 4058 MB memory:  -> device: 0, name: Quadro RTX 8000, pci bus id: 0000:00:1e.0, compute capability: 7.5',
  '2026-11-22 21:07:16.734951: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:171] Extending allocation by 2.00MiB bytes for GPU_0_bfc.',
  '2026-11-22 21:07:16.735178: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:178] Total allocated bytes: 2.00MiB',
  '2026-11-22 21:07:16.735196: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:181] Allocated memory at 0x7f11675fc040 to 0x7f11685fc040',
  '2026-11-22 21:07:16.775680: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:171] Extending allocation by 64.00MiB bytes for gpu_host_bfc.',
  '2026-11-22 21:07:16.775751: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:178] Total allocated bytes: 64.00MiB',
  '2026-11-22 21:07:17.775680: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:171] Extending allocation by 1.25GiB bytes for GPU_0_bfc.',
  'a line of the trial itself',
  '2026-11-22 21:07:17.775751: I external/local_xla/xla/tsl/framework/bfc_allocator.cc:178] Total allocated bytes: 1.25GiB',
  '',
].join('\n');
const read = (text: string): TensorFlowLog => {
  const log = new TensorFlowLog();
  log.feed(text);
  return log;
};

describe("TensorFlow's log", () => {
  it('says what the pool may become and how far it has grown, without the memory of the host', () => {
    const log = read(lines);
    expect(log.grantedBytes).toBe(4058 * mebibyte);
    expect(log.allocatedBytes).toBe(1.25 * 2 ** 30);
  });

  it('is read the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: lines.length }), { maxLength: 20 }), (cuts) => {
        const log = new TensorFlowLog();
        const at = [0, ...cuts.toSorted((a, b) => a - b), lines.length];
        for (const [index, begin] of at.entries()) log.feed(lines.slice(begin, at[index + 1] ?? lines.length));
        expect([log.grantedBytes, log.allocatedBytes]).toEqual([4058 * mebibyte, 1.25 * 2 ** 30]);
      }),
    );
  });

  it('of older releases says it in other words', () => {
    const old =
      '2019-03-24 13:58:12.497606: I tensorflow/core/common_runtime/gpu/gpu_device.cc:1115] Created TensorFlow device (/job:localhost/replica:0/task:0/device:GPU:0 with 1372 MB memory) -> physical GPU (device: 0, name: GeForce GTX 965M)\n';
    expect(read(old).grantedBytes).toBe(1372 * mebibyte);
  });

  it('tells a later session of the same pool other numbers, which do not count', () => {
    const again = lines.replaceAll('with 4058 MB', 'with 44000 MB');
    expect(read(lines + again).grantedBytes).toBe(4058 * mebibyte);
  });

  it('that does not say so leaves it unknown', () => {
    const log = read('2026-11-22 21:07:16.1: I x.cc:1] nothing of the kind\n');
    expect([log.grantedBytes, log.allocatedBytes]).toEqual([null, 0]);
    // Half a line may still become another number.
    expect(
      read('Created device /job:localhost/replica:0/task:0/device:GPU:0 with 40 MB memory').grantedBytes,
    ).toBeNull();
  });
});
