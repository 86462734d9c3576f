import { describe, expect, it } from 'vitest';
import { createWasmEngine } from '../../src/engine/kernels/wasm.js';
import { measureThroughput } from '../../src/engine/probe.js';
import { describeNetwork } from '../../src/network/describe.js';

describe('the throughput probe', () => {
  it('divides images by the clock’s seconds, warm-up left out', async () => {
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
    let now = 100;
    const clock = () => {
      now += 0.25;
      return now;
    };
    const options = { batchSize: 4, side: 8, classes: 2, seconds: 1 };
    const throughput = await measureThroughput(await createWasmEngine(), programs, initialValues('a'), options, clock);
    expect(throughput).toEqual({ trainImagesPerSecond: 16, inferenceImagesPerSecond: 16 });
  });
});
