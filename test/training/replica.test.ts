import { describe, expect, it } from 'vitest';
import { Replica } from '../../src/training/replica.js';
import { FakeBatches, FakeSession, fakeParts, imageBytes, oneHot } from './fake.js';

const scalars = { learningRate: 0.5, momentum: 0.9, weightDecay: 0.01, averageRate: 0.5 };

async function weightsAfter(steps: number, maxImages: number): Promise<Float32Array> {
  const replica = new Replica(fakeParts({ maxImages }));
  for (let step = 0; step < steps; step++) await replica.apply(scalars, (await replica.accumulate()).images);
  return await replica.session.read('weights');
}

/** Steps of a replica whose device cannot hold gradients beyond the given one. */
async function stepsOnHalfPrecision(largestGradient: number, steps: number) {
  const session = new FakeSession(undefined, largestGradient);
  const replica = new Replica(fakeParts({ session, precision: 'f16' }));
  const applied: boolean[] = [];
  for (let step = 0; step < steps; step++) {
    applied.push(await replica.apply(scalars, (await replica.accumulate()).images));
  }
  return { replica, applied };
}

describe('a replica', () => {
  it('counts all images alike in the statistics of its averaged weights, however they are cut', async () => {
    const runs: (readonly [string, number, number])[] = [];
    const session = new FakeSession();
    session.run = async (name, feeds) => {
      runs.push([name, (feeds['images']?.length ?? 0) / 12, feeds['rate']?.[0] ?? Number.NaN]);
      return {};
    };
    const replica = new Replica(fakeParts({ session, maxImages: 4, sides: [2] }));
    await replica.recalibrate(new Uint8Array(10 * 12), 10, 2, 6);
    expect(runs.map(([name, images]) => [name, images])).toEqual([4, 4, 2].map((images) => ['recalibrate.2', images]));
    const weights = runs.map(([, , rate]) => rate);
    expect(weights).toEqual([4 / 10, 4 / 14, 2 / 16].map(Math.fround));
    // No more pixels at a time than in training.
    await replica.recalibrate(new Uint8Array(10 * 48), 10, 4, 0);
    expect(runs.slice(3)).toHaveLength(10);
  });

  it('makes the same step whether or not the batch is split into micro-batches', async () => {
    const whole = await weightsAfter(3, 8);
    const split = await weightsAfter(3, 3);
    for (const [index, value] of whole.entries()) expect(split[index]).toBeCloseTo(value, 5);
  });

  it('never runs more images at once than memory allows, in pieces of equal size', async () => {
    const sizes: number[] = [];
    const session = new FakeSession((_, images) => sizes.push(images));
    await new Replica(fakeParts({ session, maxImages: 3 })).accumulate();
    expect(sizes).toEqual([2, 3, 3]);
  });

  /** Sizes of the runs of so many steps, of which those in `slow`, counted from 0, take 3 s and the others 1 s. */
  async function sizesOf(steps: number, slow: readonly number[], prepared = false) {
    const sizes: number[] = [];
    const told: string[] = [];
    let clock = 0;
    const session = new FakeSession((_, images) => {
      clock += slow.includes(sizes.length) ? 3 : 1;
      sizes.push(images);
    });
    const replica = new Replica(fakeParts({ session, now: () => clock, tell: (message) => told.push(message) }));
    if (prepared) await replica.prepare();
    for (let step = 0; step < steps; step++) await replica.accumulate();
    return { sizes, told };
  }

  it('halves its micro-batch after two runs in a row that took more than 2 s, and says so', async () => {
    const { sizes, told } = await sizesOf(4, [1, 2]);
    expect(sizes).toEqual([8, 8, 8, 4, 4]);
    expect(told).toEqual([expect.stringMatching(/runs of 8 images at 1 px .* at most 4 images/)]);
  });

  it('keeps its micro-batch where single runs are slow', async () => {
    expect(await sizesOf(6, [1, 3, 5])).toEqual({ sizes: [8, 8, 8, 8, 8, 8], told: [] });
  });

  it('does not count the first run of a size, which compiles', async () => {
    expect(await sizesOf(4, [0, 1])).toEqual({ sizes: [8, 8, 8, 8], told: [] });
    expect((await sizesOf(5, [0, 1, 2, 3])).sizes).toEqual([8, 8, 8, 4, 4, 4, 4]);
    // Prepared, it has made that run already.
    expect((await sizesOf(3, [0, 1, 2], true)).sizes.slice(1)).toEqual([8, 8, 4, 4]);
  });

  it('tells between the runs of a call that it is at work', async () => {
    let told = 0;
    const betweenRuns = () => {
      told++;
    };
    const replica = new Replica(fakeParts({ maxImages: 3, betweenRuns }));
    await replica.accumulate();
    expect(told).toBe(2);
    await replica.infer(new Uint8Array(7 * imageBytes), 7);
    expect(told).toBe(4);
  });

  it('gives the summed loss of the batch and its number of images', async () => {
    const { lossSum, images } = await new Replica(fakeParts()).accumulate();
    expect(images).toBe(8);
    expect(lossSum).toBeCloseTo(8 * Math.log(2), 5);
  });

  it('says how long it waited for its batch', async () => {
    let clock = 0;
    const batches = new FakeBatches(8);
    const parts = fakeParts({
      now: () => clock,
      batches: {
        next: () => {
          clock += 3;
          return batches.next();
        },
        state: () => batches.state(),
      },
    });
    const session = new FakeSession(() => {
      clock += 5;
    });
    expect((await new Replica({ ...parts, session }).accumulate()).dataSeconds).toBe(3);
  });

  it('tells its batches how strongly to regularise, and mixes targets with their images', async () => {
    const told: (number | null)[] = [];
    const mixed = { others: Int32Array.from({ length: 8 }, (_, row) => row), shares: new Float32Array(8).fill(0.5) };
    const plain = new FakeBatches(8);
    const replica = new Replica(
      fakeParts({
        batches: {
          next: () => ({ ...plain.next(), mixed }),
          state: () => plain.state(),
          regularise: (strength) => told.push(strength),
        },
        targets: (labels, _, part) => {
          told.push(...(part?.others ?? [null]));
          return oneHot(labels);
        },
        maxImages: 3,
      }),
    );
    replica.regularise(0.5);
    await replica.accumulate();
    expect(told).toEqual([0.5, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('halves the loss scale of half precision until its gradients are finite, and skips the updates before', async () => {
    // The largest gradient of the first batch is 1.6 times the scale.
    const { replica, applied } = await stepsOnHalfPrecision(5000, 6);
    expect(applied).toEqual([false, false, false, false, true, true]);
    expect(replica.lossScale).toBe(2 ** 11);
    const same = await weightsAfter(0, 8);
    const early = await stepsOnHalfPrecision(5000, 4);
    expect(await early.replica.session.read('weights')).toEqual(same);
  });

  it('makes the same update whatever the loss scale', async () => {
    const { replica } = await stepsOnHalfPrecision(Number.MAX_VALUE, 3);
    expect(replica.lossScale).toBe(2 ** 15);
    expect(await replica.session.read('weights')).toEqual(await weightsAfter(3, 8));
  });

  it('does not scale the loss in other precisions', async () => {
    for (const precision of ['f32', 'bf16'] as const) {
      const replica = new Replica(fakeParts({ session: new FakeSession(undefined, 0), precision }));
      await replica.accumulate();
      expect(replica.lossScale).toBe(1);
      expect(await replica.apply(scalars, 8)).toBe(false);
      expect(replica.lossScale).toBe(1);
    }
  });

  it('exchanges gradients first and statistics last', async () => {
    const replica = new Replica(fakeParts());
    await replica.accumulate();
    const vector = new Float32Array(replica.exchangeNumbers);
    await replica.exportExchange(vector);
    expect(replica.gradientNumbers).toBe(8);
    expect([...vector.subarray(0, 8)]).toEqual([...(await replica.session.read('gradient'))]);
    expect(vector[8]).toBe((await replica.session.read('mean'))[0]);
    replica.importExchange(vector.map((value) => value * 2));
    expect((await replica.session.read('gradient'))[0]).toBe((vector[0] ?? 0) * 2);
  });

  it('gives class probabilities that sum to one, whatever the size of the runs', async () => {
    const session = new FakeSession();
    session.write('average', Float32Array.of(3, -1, 0, 2, 1, 1, 0, 0));
    const images = Uint8Array.from({ length: 20 }, (_, index) => (index * 53) % 256);
    const whole = await new Replica(fakeParts({ session })).infer(images, 5);
    const split = await new Replica(fakeParts({ session, maxImages: 2 })).infer(images, 5);
    expect(split).toEqual(whole);
    for (let row = 0; row < 5; row++) expect((whole[row * 2] ?? 0) + (whole[row * 2 + 1] ?? 0)).toBeCloseTo(1, 6);
  });

  it('prepared has run its program at every side, the largest first, and is as it was', async () => {
    const session = new FakeSession();
    const run = session.run.bind(session);
    const runs: (readonly [string, number])[] = [];
    session.run = async (name, feeds) => {
      runs.push([name, feeds['images']?.length ?? 0]);
      return await run(name.startsWith('accumulate') ? 'accumulate' : name, feeds);
    };
    const replica = new Replica(fakeParts({ session, sides: [1, 3, 2], partSize: 5, maxImages: 4 }));
    session.write('gradient', Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    session.write('mean', Float32Array.of(9));
    await replica.prepare();
    expect(runs).toEqual([
      ['accumulate.3', 4 * 27],
      ['accumulate', 4 * 12],
      ['accumulate.1', 4 * 3],
    ]);
    expect([...(await session.read('gradient'))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...(await session.read('mean'))]).toEqual([9]);
  });

  it('takes a batch, and predicts, at the side it is told', async () => {
    const sides: number[] = [];
    const names: string[] = [];
    const session = new FakeSession();
    const run = session.run.bind(session);
    session.run = async (name, feeds) => {
      names.push(`${name} ${(feeds['images']?.length ?? 0) / imageBytes}`);
      return await run(name.startsWith('evaluate') ? 'evaluate' : 'accumulate', feeds);
    };
    const batches = new FakeBatches(8);
    const next = batches.next.bind(batches);
    batches.next = (side?: number) => {
      sides.push(side ?? 0);
      return next();
    };
    const replica = new Replica(fakeParts({ session, batches, sides: [8, 16], maxImages: 8 }));
    await replica.accumulate(8);
    await replica.accumulate();
    await replica.infer(new Uint8Array(8 * imageBytes), 8, 32);
    expect(sides).toEqual([8, 16]);
    // Images of four times the pixels are a quarter as many at a time.
    expect(names).toEqual(['accumulate.8 8', 'accumulate 8', ...Array(4).fill('evaluate.32 2')]);
  });

  it('without training images refuses to train', async () => {
    await expect(new Replica(fakeParts({ batches: null })).accumulate()).rejects.toThrow(/cannot train/);
  });
});
