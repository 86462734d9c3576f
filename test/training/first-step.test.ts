import { describe, expect, it } from 'vitest';
import { OutOfMemoryError } from '../../src/engine/engine.js';
import { FirstStepTrainer, type SmallerTrainer } from '../../src/training/first-step.js';
import { Replica } from '../../src/training/replica.js';
import { ReplicaTeam, type Trainer } from '../../src/training/replicas.js';
import { FakeSession, fakeParts } from './fake.js';

const scalars = { learningRate: 0.1, momentum: 0.9, weightDecay: 0, averageRate: 0.1 };

/** A trainer that runs out of memory in a run of more than `room` images, and what became of it. */
function trainerWith(room: number, maxImages: number): { readonly trainer: Trainer; readonly session: FakeSession } {
  const session = new FakeSession((program, images) => {
    if (program === 'accumulate' && images > room) throw new OutOfMemoryError('OOM when allocating tensor');
  });
  const replica = new Replica(fakeParts({ session, maxImages }));
  const close = () => session.dispose();
  return {
    session,
    trainer: new ReplicaTeam(
      { replica, infer: async () => new Float32Array(), recalibrate: async () => undefined, close },
      [],
      new Float32Array(),
    ),
  };
}

const half = (trainer: Trainer) => (): SmallerTrainer => ({ share: 0.5, open: async () => trainer });
const nobody = () => undefined;

describe('a first step that runs out of memory', () => {
  it('is made again in a fresh session with less, as if that had been the first', async () => {
    const told: string[] = [];
    const first = trainerWith(3, 1000);
    const second = trainerWith(3, 2);
    const trainer = new FirstStepTrainer(first.trainer, half(second.trainer), (message) => told.push(message));
    const plain = trainerWith(1000, 2);
    expect(await trainer.step(scalars)).toEqual(await plain.trainer.step(scalars));
    expect(await trainer.session.read('weights')).toEqual(await plain.trainer.session.read('weights'));
    expect(trainer.session).toBe(second.session);
    expect(first.session.disposed).toBe(true);
    expect(told).toEqual([
      'the first step ran out of memory (OOM when allocating tensor): it is tried once more with 50 % of the activations',
    ]);
  });

  it('may be its preparation: that is made again with less, and the step after it is not', async () => {
    const told: string[] = [];
    const second = trainerWith(3, 2);
    const first = trainerWith(3, 1000);
    const trainer = new FirstStepTrainer(first.trainer, half(second.trainer), (message) => told.push(message));
    await trainer.prepare();
    expect(told).toHaveLength(1);
    expect(trainer.session).toBe(second.session);
    expect((await trainer.step(scalars)).images).toBe(8);
    expect(told).toHaveLength(1);
  });

  it('keeps its strength of regularisation', async () => {
    const strengths: number[] = [];
    const second = trainerWith(3, 2).trainer;
    second.regularise = (strength) => strengths.push(strength);
    const trainer = new FirstStepTrainer(trainerWith(3, 1000).trainer, half(second), nobody);
    trainer.regularise(0.5);
    await trainer.step(scalars);
    trainer.regularise(0.6);
    expect(strengths).toEqual([0.5, 0.6]);
  });

  it('is an error where nothing holds less, and no retry is told', async () => {
    const told: string[] = [];
    const first = trainerWith(0, 1);
    const trainer = new FirstStepTrainer(
      first.trainer,
      () => null,
      (message) => told.push(message),
    );
    await expect(trainer.step(scalars)).rejects.toThrow(OutOfMemoryError);
    expect(told).toEqual([]);
    expect(first.session.disposed).toBe(false);
  });

  it('is an error the second time, and that of a later step at once', async () => {
    const fails = new FirstStepTrainer(trainerWith(3, 1000).trainer, half(trainerWith(1, 2).trainer), nobody);
    await expect(fails.step(scalars)).rejects.toThrow(OutOfMemoryError);
    let opened = 0;
    const findSmaller = () => {
      opened++;
      return half(trainerWith(1000, 2).trainer)();
    };
    let room = 1000;
    const session = new FakeSession((_, images) => {
      if (images > room) throw new OutOfMemoryError('later');
    });
    const replica = new Replica(fakeParts({ session, maxImages: 1000 }));
    const local = {
      replica,
      infer: async () => new Float32Array(),
      recalibrate: async () => undefined,
      close: () => undefined,
    };
    const later = new FirstStepTrainer(new ReplicaTeam(local, [], new Float32Array()), findSmaller, nobody);
    await later.step(scalars);
    room = 0;
    await expect(later.step(scalars)).rejects.toThrow('later');
    expect(opened).toBe(0);
  });

  it('of another kind is not tried again', async () => {
    const session = new FakeSession(() => {
      throw new Error('a broken graph');
    });
    const replica = new Replica(fakeParts({ session, maxImages: 1000 }));
    const local = {
      replica,
      infer: async () => new Float32Array(),
      recalibrate: async () => undefined,
      close: () => undefined,
    };
    const findSmaller = () => {
      throw new Error('must not be looked for');
    };
    const trainer = new FirstStepTrainer(new ReplicaTeam(local, [], new Float32Array()), findSmaller, nobody);
    await expect(trainer.step(scalars)).rejects.toThrow('a broken graph');
  });
});
