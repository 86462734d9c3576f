import { describe, expect, it } from 'vitest';
import { Replica, type ReplicaParts } from '../../src/training/replica.js';
import { type RemoteReplica, ReplicaTeam } from '../../src/training/replicas.js';
import { batchWorkerCount, replicaCount } from '../../src/training/start-trainer.js';
import type { StepScalars } from '../../src/training/step-scalars.js';
import { FakeBatches, FakeSession, fakeParts, oneHot } from './fake.js';

const scalars: StepScalars = { learningRate: 0.5, momentum: 0.9, weightDecay: 0.01, averageRate: 0.5 };
const noInference = async () => new Float32Array();

/** Of the float16 kind where there is a largest gradient. */
function replica(index: number, count: number, largestGradient?: number, parts: Partial<ReplicaParts> = {}) {
  const session = new FakeSession(undefined, largestGradient);
  const precision = largestGradient === undefined ? 'f32' : 'f16';
  const batches = new FakeBatches(8, { index, count });
  return { session, replica: new Replica(fakeParts({ session, batches, precision, ...parts })) };
}

/** Which replicas have computed statistics of how many images, and after how many. */
const recalibrated: number[][] = [];

/** A replica in this thread that behaves like one on another. */
function nearby(
  index: number,
  count: number,
  total: Float32Array,
  largestGradient?: number,
  parts?: Partial<ReplicaParts>,
): RemoteReplica & { readonly session: FakeSession; readonly replica: Replica } {
  const own = replica(index, count, largestGradient, parts);
  const contribution = new Float32Array(total.length);
  let last = Promise.resolve();
  return {
    ...own,
    contribution,
    accumulate: async () => {
      await last;
      const sum = await own.replica.accumulate();
      await own.replica.exportExchange(contribution);
      return sum;
    },
    prepare: () => own.replica.prepare(),
    apply: (given, images) => {
      own.replica.importExchange(total);
      last = own.replica.apply(given, images).then(() => undefined);
    },
    regularise: (strength) => own.replica.regularise(strength),
    infer: async ({ indices }) => Float32Array.from(indices, (image) => image),
    recalibrate: async ({ indices }, seen) => {
      recalibrated.push([index, indices.length, seen]);
    },
    dispose: async () => own.session.dispose(),
  };
}

function team(count: number, largestGradient?: number, parts?: Partial<ReplicaParts>) {
  const local = replica(0, count, largestGradient, parts);
  const total = new Float32Array(local.replica.exchangeNumbers);
  const remotes = Array.from({ length: count - 1 }, (_, index) =>
    nearby(index + 1, count, total, largestGradient, parts),
  );
  const infer = async ({ indices }: { readonly indices: Int32Array }) => Float32Array.from(indices, (image) => image);
  const close = () => local.session.dispose();
  const recalibrate = async ({ indices }: { readonly indices: Int32Array }, seen: number) => {
    recalibrated.push([0, indices.length, seen]);
  };
  return {
    sessions: [local.session, ...remotes.map(({ session }) => session)],
    replicas: [local.replica, ...remotes.map((remote) => remote.replica)],
    trainer: new ReplicaTeam({ replica: local.replica, infer, recalibrate, close }, remotes, total),
  };
}

describe('a team of replicas', () => {
  it('makes the step that one replica makes on the whole batch', async () => {
    const [one, four] = [team(1), team(4)];
    for (let step = 0; step < 5; step++) {
      const [alone, together] = [await one.trainer.step(scalars), await four.trainer.step(scalars)];
      expect(together.images).toBe(alone.images);
      expect(together.lossSum).toBeCloseTo(alone.lossSum, 4);
    }
    const weights = await one.trainer.session.read('weights');
    for (const [index, value] of weights.entries()) {
      expect((await four.trainer.session.read('weights'))[index]).toBeCloseTo(value, 5);
    }
  });

  it('holds the same weights, slots, averages and statistics in every replica, to the bit', async () => {
    const { trainer, sessions } = team(3);
    for (let step = 0; step < 5; step++) await trainer.step(scalars);
    for (const name of ['weights', 'slot', 'average', 'mean']) {
      for (const session of sessions) expect(await session.read(name)).toEqual(await trainer.session.read(name));
    }
  });

  it('averages the statistics by images', async () => {
    const { trainer, sessions } = team(3);
    const means: number[] = [];
    for (const index of [0, 1, 2]) {
      const alone = replica(index, 3);
      await alone.replica.accumulate();
      means.push((await alone.session.read('mean'))[0] ?? 0);
    }
    await trainer.step(scalars);
    const [first = 0, second = 0, third = 0] = means;
    // The parts of a batch of 8 hold 2, 3 and 3 images.
    const mean = (2 * first + 3 * second + 3 * third) / 8;
    for (const session of sessions) expect((await session.read('mean'))[0]).toBeCloseTo(mean, 4);
  });

  it('regularises in all replicas alike, in full until it is told otherwise', async () => {
    const strengths: number[] = [];
    const targets = (labels: Int32Array, strength: number) => {
      strengths.push(strength);
      return oneHot(labels);
    };
    const { trainer } = team(3, undefined, { targets });
    await trainer.step(scalars);
    trainer.regularise(0.25);
    await trainer.step(scalars);
    await trainer.step(scalars);
    expect(strengths).toEqual([1, 1, 1, ...new Array<number>(6).fill(0.25)]);
  });

  it('computes statistics in every replica, of all images', async () => {
    const view = { side: 1, mirrored: false, shift: 0 };
    await team(3).trainer.recalibrate({ split: 'train', indices: Int32Array.of(4, 5, 6, 7, 8), view }, 30);
    expect(recalibrated.splice(0).toSorted()).toEqual([0, 1, 2].map((index) => [index, 5, 30]));
  });

  it('shares inference out and keeps the order', async () => {
    const indices = Int32Array.from({ length: 11 }, (_, index) => 3 * index);
    const probabilities = await team(3).trainer.infer({
      split: 'test',
      indices,
      view: { side: 8, mirrored: false, shift: 0 },
    });
    expect([...probabilities]).toEqual([...indices]);
  });

  it('makes no update when the loss of one replica is not finite', async () => {
    const { trainer, sessions } = team(2);
    sessions[1]?.write('weights', new Float32Array(8).fill(Number.NaN));
    expect((await trainer.step(scalars)).lossSum).toBeNaN();
    expect(sessions[0]?.runs).toEqual(['accumulate']);
  });

  it('skips a step in all replicas or in none, and scales the next losses alike', async () => {
    const { trainer, sessions, replicas } = team(3, 5000);
    const applied: boolean[] = [];
    for (let step = 0; step < 6; step++) {
      const { lossScale } = await trainer.step(scalars);
      const [first, second] = [sessions[0]?.runs.length, sessions[2]?.runs.length];
      expect(first).toBe(second);
      for (const session of sessions) {
        expect(await session.read('weights')).toEqual(await trainer.session.read('weights'));
        expect(await session.read('gradient')).toEqual(new Float32Array(8));
      }
      expect(new Set(replicas.map((each) => each.lossScale)).size).toBe(1);
      applied.push(replicas[0]?.lossScale === lossScale);
    }
    expect(applied).toEqual([false, false, false, false, true, true]);
  });

  it('fails with the failure of a replica after the others have finished', async () => {
    const { trainer, sessions } = team(2);
    const broken: RemoteReplica = {
      contribution: new Float32Array(9),
      accumulate: () => Promise.reject(new Error('lost')),
      prepare: async () => undefined,
      apply: () => undefined,
      regularise: () => undefined,
      infer: noInference,
      recalibrate: async () => undefined,
      dispose: async () => undefined,
    };
    const local = {
      replica: replica(0, 2).replica,
      infer: noInference,
      recalibrate: async () => undefined,
      close: () => undefined,
    };
    await expect(new ReplicaTeam(local, [broken], new Float32Array(9)).step(scalars)).rejects.toThrow('lost');
    await trainer.dispose();
    expect(sessions.every(({ disposed }) => disposed)).toBe(true);
  });
});

describe('the number of replicas', () => {
  it('is one a thread, also where the batch does not divide by it, as long as each has 16 images', () => {
    const wasm = { parallel: false };
    expect([1, 3, 6, 8, 20].map((threads) => replicaCount(wasm, threads, 64))).toEqual([1, 3, 4, 4, 4]);
    expect([replicaCount(wasm, 4, 8), replicaCount(wasm, 4, 50)]).toEqual([1, 3]);
    expect(replicaCount({ parallel: true }, 8, 64)).toBe(1);
  });

  it('has threads that make its batches where its engine leaves the cores to them', () => {
    const gpu = { exclusive: true, parallel: true };
    expect([1, 2, 4, 16].map((threads) => batchWorkerCount(gpu, threads))).toEqual([1, 1, 3, 4]);
  });

  it('has one where several cores would wait in one session, and none beside other replicas or on one core', () => {
    const [native, wasm] = [true, false].map((parallel) => ({ exclusive: false, parallel }));
    if (native === undefined || wasm === undefined) throw new Error('expected two engines');
    expect([1, 2, 16].map((threads) => batchWorkerCount(native, threads))).toEqual([0, 1, 1]);
    expect([1, 2, 16].map((threads) => batchWorkerCount(wasm, threads))).toEqual([0, 0, 0]);
  });
});

describe('shared memory', () => {
  it('is not needed by a single replica', async () => {
    const own = replica(0, 1);
    const local = {
      replica: own.replica,
      infer: noInference,
      recalibrate: async () => undefined,
      close: () => undefined,
    };
    const trainer = new ReplicaTeam(local, [], new Float32Array());
    expect((await trainer.step(scalars)).images).toBe(8);
    expect(trainer.replicas).toBe(1);
  });
});
