import { describe, expect, it } from 'vitest';
import { Replica } from '../../src/training/replica.js';
import { FakeSession, fakeParts } from './fake.js';

const scalars = { learningRate: 0.5, momentum: 0.9, weightDecay: 0.01, averageRate: 0.5 };

async function weightsAfter(steps: number, maxImages: number): Promise<Float32Array> {
  const replica = new Replica(fakeParts({ maxImages }));
  for (let step = 0; step < steps; step++) await replica.apply(scalars, (await replica.accumulate()).images);
  return replica.session.read('weights');
}

describe('a replica', () => {
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

  it('halves its micro-batch after a run that took more than 2 s', async () => {
    const sizes: number[] = [];
    let clock = 0;
    const session = new FakeSession((_, images) => {
      sizes.push(images);
      clock += images * 0.4;
    });
    const replica = new Replica(fakeParts({ session, now: () => clock }));
    await replica.accumulate();
    await replica.accumulate();
    expect(sizes).toEqual([8, 4, 4]);
  });

  it('gives the summed loss of the batch and its number of images', async () => {
    const { lossSum, images } = await new Replica(fakeParts()).accumulate();
    expect(images).toBe(8);
    expect(lossSum).toBeCloseTo(8 * Math.log(2), 5);
  });

  it('exchanges gradients first and statistics last', async () => {
    const replica = new Replica(fakeParts());
    await replica.accumulate();
    const vector = new Float32Array(replica.exchangeNumbers);
    replica.exportExchange(vector);
    expect(replica.gradientNumbers).toBe(8);
    expect([...vector.subarray(0, 8)]).toEqual([...replica.session.read('gradient')]);
    expect(vector[8]).toBe(replica.session.read('mean')[0]);
    replica.importExchange(vector.map((value) => value * 2));
    expect(replica.session.read('gradient')[0]).toBe((vector[0] ?? 0) * 2);
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

  it('without training images refuses to train', async () => {
    await expect(new Replica(fakeParts({ batches: null })).accumulate()).rejects.toThrow(/cannot train/);
  });
});
