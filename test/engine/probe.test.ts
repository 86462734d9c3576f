import { describe, expect, it } from 'vitest';
import { createWasmEngine } from '../../src/engine/kernels/wasm.js';
import { measureThroughput } from '../../src/engine/probe.js';
import { describeNetwork } from '../../src/network/describe.js';

/** Measures with a clock that goes on by these seconds in turn each time it is read; what it has come to, too. */
async function measure(seconds: number, steps: readonly number[]) {
  const description = {
    family: 'plain',
    width: 4,
    blocks: 1,
    stages: 2,
    stem: 'medium',
    resolution: 8,
    classes: 2,
  } as const;
  const { programs, initialValues } = describeNetwork(description);
  let now = 0;
  let reads = 0;
  const clock = () => {
    now += steps[reads % steps.length] ?? 0;
    reads++;
    return now;
  };
  const options = { batchSize: 4, side: 8, classes: 2, seconds };
  const throughput = await measureThroughput(await createWasmEngine(), programs, initialValues('a'), options, clock);
  return { ...throughput, reads };
}

describe('the throughput probe', () => {
  it('divides images by the clock’s seconds, warm-up left out', async () => {
    const { trainImagesPerSecond, inferenceImagesPerSecond } = await measure(1, [0.25]);
    expect([trainImagesPerSecond, inferenceImagesPerSecond]).toEqual([16, 16]);
  });

  it('ends early where steps agree', async () => {
    // A reading before the first step and one after each of ten, in training and in inference.
    expect((await measure(1000, [0.25])).reads).toBe(22);
  });

  it('goes on for all its time where they do not', async () => {
    const { reads, trainImagesPerSecond } = await measure(100, [0.1, 0.9]);
    expect(reads).toBeGreaterThan(150);
    expect(trainImagesPerSecond).toBeCloseTo(8, 0);
  });
});
