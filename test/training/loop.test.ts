import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DivergedError, type LoopOptions, type LoopProgress, train } from '../../src/training/loop.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { Replica } from '../../src/training/replica.js';
import { ReplicaTeam, type StepResult } from '../../src/training/replicas.js';
import type { StepScalars } from '../../src/training/step-scalars.js';
import { FakeBatches, FakeSession, fakeParts } from './fake.js';

const recipe = parseRecipe({ 'optimizer.batchSize': 8, 'optimizer.learningRate': 0.5 });

/** A trainer whose steps take the given seconds on a clock of its own. */
function timed(
  stepSeconds: (step: number) => number,
  lossSum: (step: number) => number = () => 8,
  update: (step: number) => Pick<StepResult, 'applied' | 'lossScale'> = () => ({ applied: true, lossScale: 1 }),
) {
  let clock = 100;
  const scalars: StepScalars[] = [];
  const trainer: LoopOptions['trainer'] = {
    step: async (given) => {
      clock += stepSeconds(scalars.length);
      scalars.push(given);
      return { lossSum: lossSum(scalars.length - 1), images: 8, dataSeconds: 0.125, ...update(scalars.length - 1) };
    },
  };
  return { trainer, scalars, now: () => clock };
}

const secondsOf = (allowed: number) => (used: { readonly seconds: number }) => used.seconds / allowed;

describe('the training loop', () => {
  it('never exceeds its allowance by more than one step', async () => {
    const durations = fc.array(fc.double({ min: 0.01, max: 3, noNaN: true }), { minLength: 5, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(
        durations,
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        fc.boolean(),
        async (steps, allowed, warmUpStep) => {
          const duration = (step: number) => steps[step % steps.length] ?? 1;
          const run = timed(duration);
          const { used, ended, trainSeconds } = await train({
            ...run,
            recipe,
            step: 0,
            warmUpStep,
            fraction: secondsOf(allowed),
            factor: () => 1,
            observer: {},
          });
          expect(ended).toBe('completed');
          expect(used.seconds).toBeGreaterThanOrEqual(allowed);
          expect(used.seconds).toBeLessThan(allowed + Math.max(...steps));
          expect(trainSeconds - used.seconds).toBeCloseTo(warmUpStep ? duration(0) : 0, 9);
        },
      ),
    );
  });

  it('does not charge a warm-up step', async () => {
    const run = timed((step) => (step === 0 ? 20 : 1));
    const { used, steps, trainSeconds } = await train({
      ...run,
      recipe,
      step: 0,
      warmUpStep: true,
      fraction: secondsOf(10),
      factor: () => 1,
      observer: {},
    });
    expect({ steps, seconds: used.seconds, trainSeconds }).toEqual({ steps: 11, seconds: 10, trainSeconds: 30 });
  });

  it('charges nothing for what happens after a step, and adds up the waiting for batches', async () => {
    const run = timed(() => 1);
    let asideSeconds = 0;
    const { used, steps, trainSeconds, dataSeconds } = await train({
      ...run,
      now: () => run.now() + asideSeconds,
      recipe,
      step: 0,
      warmUpStep: false,
      fraction: secondsOf(4),
      factor: () => 1,
      observer: {
        afterStep: async () => {
          asideSeconds += 7;
        },
      },
    });
    expect({ steps, seconds: used.seconds, trainSeconds, dataSeconds }).toEqual({
      steps: 4,
      seconds: 4,
      trainSeconds: 4,
      dataSeconds: 0.5,
    });
  });

  it('takes no step when nothing is allowed', async () => {
    const run = timed(() => 1);
    const result = await train({
      ...run,
      recipe,
      step: 0,
      warmUpStep: false,
      fraction: () => 1,
      factor: () => 1,
      observer: {},
    });
    expect(result).toMatchObject({ ended: 'completed', steps: 0 });
  });

  it('sets the learning rate of a step from the part that has passed, scaled with the batch', async () => {
    const run = timed(() => 1);
    await train({
      ...run,
      recipe,
      step: 0,
      warmUpStep: false,
      fraction: ({ images }) => images / 32,
      factor: (fraction) => 1 - fraction,
      observer: {},
    });
    const peak = (0.5 * 8) / 256;
    expect(run.scalars.map(({ learningRate }) => learningRate)).toEqual([peak, 0.75 * peak, 0.5 * peak, 0.25 * peak]);
    expect(run.scalars[0]).toMatchObject({ momentum: 0.9, weightDecay: 5e-4 });
  });

  it('stops between two steps when asked to', async () => {
    const run = timed(() => 1);
    const { ended, steps } = await train({
      ...run,
      recipe,
      step: 0,
      warmUpStep: false,
      fraction: () => 0,
      factor: () => 1,
      observer: { stopRequested: () => run.scalars.length === 3 },
    });
    expect({ ended, steps }).toEqual({ ended: 'stopped', steps: 3 });
  });

  it('lets the event loop run between two steps', async () => {
    let stop = false;
    const run = timed(() => 1);
    setImmediate(() => {
      stop = true;
    });
    const { ended } = await train({
      ...run,
      recipe,
      step: 0,
      warmUpStep: false,
      fraction: () => 0,
      factor: () => 1,
      observer: { stopRequested: () => stop },
    });
    expect(ended).toBe('stopped');
  });

  it('ends with an error when the loss is not finite', async () => {
    const run = timed(
      () => 1,
      (step) => (step === 2 ? Number.NaN : 8),
    );
    const options = { ...run, recipe, step: 10, warmUpStep: false, fraction: () => 0, factor: () => 1, observer: {} };
    await expect(train(options)).rejects.toThrow(new DivergedError('the loss of step 12 is not finite'));
  });

  const skipping = (lossScale: number, applied: (step: number) => boolean) =>
    timed(
      () => 1,
      () => 8,
      (step) => ({ applied: applied(step), lossScale }),
    );
  const untilImages = (images: number) => ({
    recipe,
    step: 10,
    warmUpStep: false,
    fraction: (used: { readonly images: number }) => used.images / images,
    factor: () => 1,
    observer: {},
  });

  it('ends with an error when a gradient is not finite although the loss is not scaled', async () => {
    const run = skipping(1, (step) => step !== 2);
    const message = 'the gradients of step 12 are not finite';
    await expect(train({ ...run, ...untilImages(80) })).rejects.toThrow(new DivergedError(message));
  });

  it('goes on after 19 skipped steps in a row where the loss is scaled, and not after 20', async () => {
    const often = skipping(1024, (step) => step % 20 === 19);
    expect((await train({ ...often, ...untilImages(8 * 100) })).ended).toBe('completed');
    const always = skipping(1024, (step) => step < 3);
    const message = 'the gradients of step 13 are not finite';
    await expect(train({ ...always, ...untilImages(8 * 100) })).rejects.toThrow(new DivergedError(message));
    expect(always.scalars).toHaveLength(23);
  });

  it('counts the updates that were made, and the images of all steps', async () => {
    const seen: number[] = [];
    const run = skipping(1024, (step) => step % 2 === 1);
    const observer = { afterStep: ({ step }: { readonly step: number }) => void seen.push(step) };
    const { steps, used } = await train({ ...run, ...untilImages(48), observer });
    expect({ steps, images: used.images }).toEqual({ steps: 3, images: 48 });
    expect(seen).toEqual([10, 11, 11, 12, 12, 13]);
    expect(run.scalars[1]).toEqual(run.scalars[0]);
    expect(run.scalars[2]).not.toEqual(run.scalars[1]);
  });

  it('tells its progress at most once a second, and at the end', async () => {
    const told: LoopProgress[] = [];
    const run = timed(() => 0.25);
    await train({
      ...run,
      recipe,
      step: 0,
      warmUpStep: false,
      fraction: ({ images }) => images / (8 * 10),
      factor: () => 1,
      observer: { progress: (progress) => told.push(progress) },
    });
    expect(told.map(({ steps }) => steps)).toEqual([4, 8, 10]);
    expect(told[0]).toMatchObject({ fraction: 0.4, images: 32, loss: 1, imagesPerSecond: 32 });
  });

  it('says before a step how long the last one took', async () => {
    const expected: (number | null)[] = [];
    const run = timed((step) => step + 1);
    await train({
      ...run,
      recipe,
      step: 0,
      warmUpStep: false,
      fraction: ({ images }) => images / 24,
      factor: () => 1,
      observer: { beforeStep: (seconds) => expected.push(seconds) },
    });
    expect(expected).toEqual([null, 1, 2]);
  });

  it('learns', async () => {
    const losses: number[] = [];
    const replica = new Replica(fakeParts());
    let clock = 0;
    const local = {
      replica,
      infer: async () => new Float32Array(),
      recalibrate: async () => undefined,
      close: () => undefined,
    };
    await train({
      trainer: new ReplicaTeam(local, [], new Float32Array()),
      recipe: parseRecipe({ 'optimizer.batchSize': 8, 'optimizer.learningRate': 5 }),
      step: 0,
      warmUpStep: false,
      fraction: ({ images }) => images / 800,
      factor: (fraction) => 1 - fraction,
      now: () => clock++,
      observer: { progress: ({ loss }) => losses.push(loss) },
    });
    expect(losses[0]).toBeCloseTo(Math.log(2), 3);
    expect(losses.at(-1)).toBeLessThan(0.2);
  });
});

describe('resumed training', () => {
  it('equals uninterrupted training bit for bit', async () => {
    const variables = ['weights', 'slot', 'average', 'mean'];
    const begin = () => {
      const [session, batches] = [new FakeSession(), new FakeBatches(8)];
      const replica = new Replica(fakeParts({ session, batches }));
      const local = {
        replica,
        infer: async () => new Float32Array(),
        recalibrate: async () => undefined,
        close: () => undefined,
      };
      return { session, batches, trainer: new ReplicaTeam(local, [], new Float32Array()) };
    };
    const go = (trainer: ReplicaTeam, seen: number, until: number) =>
      train({
        trainer,
        recipe,
        step: seen / 8,
        warmUpStep: false,
        fraction: ({ images }) => (seen + images) / 400,
        factor: (fraction) => 1 - fraction,
        now: () => 0,
        observer: { stopRequested: () => trainer.batches !== null && trainer.batches.position >= until },
      });

    const whole = begin();
    await go(whole.trainer, 0, Number.POSITIVE_INFINITY);
    const first = begin();
    const { used, ended } = await go(first.trainer, 0, 160);
    expect({ images: used.images, ended }).toEqual({ images: 160, ended: 'stopped' });
    const second = begin();
    for (const name of variables) second.session.write(name, await first.session.read(name));
    second.batches.restore(first.batches.state());
    await go(second.trainer, used.images, Number.POSITIVE_INFINITY);
    for (const name of variables) expect(await second.session.read(name)).toEqual(await whole.session.read(name));
    expect(second.batches.state()).toEqual(whole.batches.state());
  });
});
