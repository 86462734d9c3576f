import { afterEach, describe, expect, it, vi } from 'vitest';
import { OutOfMemoryError } from '../../src/engine/engine.js';
import { runProbe } from '../../src/trial/probe.js';
import type { ProbeAssignment } from '../../src/trial/protocol.js';
import { stubContext } from './stub.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const probe = (...widths: readonly number[]): ProbeAssignment => ({
  type: 'probe',
  sentAtSeconds: 0,
  killAtSeconds: 50,
  threads: 1,
  classes: 2,
  candidates: widths.map((width) => ({ 'network.width': width, 'network.stages': 2, resolution: 16 })),
  secondsEach: 1,
});

/** Measures candidates of these widths, of which those of at least `limit` fail with `error`; gives the rates and the loaded widths. */
async function measure(widths: readonly number[], limit: number, error: Error) {
  const parameters: number[] = [];
  const { context } = stubContext(0, 0.01, ({ programs }) => {
    const size = programs.variables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    if (parameters.at(-1) !== size) parameters.push(size);
    if (parameters.length >= limit) throw error;
  });
  const outcome = await runProbe(probe(...widths), context);
  if (outcome.type !== 'probe-result') throw new Error(`unexpected ${outcome.type}`);
  return { rates: outcome.rates, loaded: parameters.length };
}

describe('a probe', () => {
  it('gives rate 0 to the candidate that runs out of memory and to all after it, and says so in the log', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { rates, loaded } = await measure([4, 5, 6, 7], 2, new OutOfMemoryError('full'));
    expect(rates.map(({ trainImagesPerSecond }) => trainImagesPerSecond > 0)).toEqual([true, false, false, false]);
    expect(rates.every(({ parameters, macsPerImage }) => parameters > 0 && macsPerImage > 0)).toBe(true);
    expect(loaded).toBe(2);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('full'));
  });

  it.each([
    ['as many as there are threads', false, 4, 64, 4],
    ['no more than a batch is worth', false, 4, 32, 2],
    ['one where the engine uses the threads by itself', true, 4, 64, 1],
  ])('says how many replicas a training with its threads has: %s', async (_, parallel, threads, batch, replicas) => {
    const { context } = stubContext(0, 0.01);
    const { candidates } = probe(4);
    const asked = {
      ...probe(4),
      threads,
      candidates: candidates.map((one) => ({ ...one, 'optimizer.batchSize': batch })),
    };
    const outcome = await runProbe(asked, { ...context, engine: { ...context.engine, parallel } });
    expect(outcome).toMatchObject({ type: 'probe-result', rates: [{ replicas }] });
  });

  it.each([
    ['its own, where an engine uses the threads by itself', 16, 128, true, 128],
    ['what a replica of it gets', 16, 128, false, 32],
    ['no more of small images than 128', 16, 512, true, 128],
    ['no more of larger ones than 64', 48, 512, true, 64],
  ])('measures with as large a batch as a training has: %s', async (_, resolution, batch, parallel, images) => {
    const seen = new Set<number>();
    const { context } = stubContext(0, 0.01, ({ feeds }) => {
      const bytes = feeds['images']?.length;
      if (bytes !== undefined) seen.add(bytes / (resolution * resolution * 3));
    });
    const { candidates } = probe(4);
    const asked = {
      ...probe(4),
      threads: 4,
      candidates: candidates.map((one) => ({ ...one, resolution, 'optimizer.batchSize': batch })),
    };
    await runProbe(asked, { ...context, engine: { ...context.engine, parallel } });
    expect([...seen]).toEqual([images]);
  });

  it('counts what progressive resizing saves', async () => {
    const [plain, resized] = [{}, { 'progressive.from': 0.5, 'progressive.until': 0.74 }];
    const { candidates } = probe(4);
    const asked = {
      ...probe(4),
      candidates: [plain, resized].map((more) => ({ ...candidates[0], ...more })),
    };
    const outcome = await runProbe(asked, stubContext(0, 0.01).context);
    if (outcome.type !== 'probe-result') throw new Error(`unexpected ${outcome.type}`);
    const [without = 0, withIt = 0] = outcome.rates.map(({ trainImagesPerSecond }) => trainImagesPerSecond);
    expect(withIt / without).toBeCloseTo(1 / (0.77 * 0.25 + 0.06 * 0.5625 + 0.17), 1);
  });

  it('estimates candidates that are far too slow to be of use, and measures those that may not be', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const loaded = new Set<unknown>();
    const { context } = stubContext(0, 0.01, ({ programs }) => {
      loaded.add(programs);
    });
    const measured = await runProbe(probe(4), context);
    if (measured.type !== 'probe-result') throw new Error(`unexpected ${measured.type}`);
    const rate = measured.rates[0]?.trainImagesPerSecond ?? 0;
    loaded.clear();
    const outcome = await runProbe({ ...probe(4, 5, 40), slowestOfUse: rate }, context);
    if (outcome.type !== 'probe-result') throw new Error(`unexpected ${outcome.type}`);
    expect(loaded.size).toBe(2);
    expect(outcome.rates.map(({ trainImagesPerSecond }) => trainImagesPerSecond < rate / 3)).toEqual([
      false,
      false,
      true,
    ]);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('too slow to be of use'));
  });

  it('goes on after a candidate that fails in another way', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { loaded } = await measure([4, 5, 6], 2, new Error('broken'));
    expect(loaded).toBe(3);
  });
});
