import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affordsMirror, finalFraction, reserveSeconds } from '../../src/training/final-clock.js';
import { FinalDeadline, type FinalDeadlineOptions } from '../../src/training/final-deadline.js';
import type { InferenceRequest, Trainer } from '../../src/training/replicas.js';
import { FakeSession } from './fake.js';

const none = {
  inferenceSeconds: 0,
  testImages: 0,
  mirrored: false,
  evaluationSeconds: 0,
  writeSeconds: 0,
  stepSeconds: 0,
};

/** A deadline from 100 s to 200 s, and a trainer that takes 1 ms an image. */
function setUp(options: Partial<FinalDeadlineOptions> = {}) {
  let [clock, slowness] = [100, 1];
  const deadline = new FinalDeadline({
    beganAtSeconds: 100,
    endsAtSeconds: 200,
    now: () => clock,
    testImages: 1000,
    validationImages: 0,
    mirrors: true,
    ...options,
  });
  const trainer: Trainer = {
    session: new FakeSession(),
    batches: null,
    replicas: 1,
    step: async () => ({ lossSum: 0, images: 0, dataSeconds: 0, lossScale: 1, applied: true }),
    infer: async ({ indices }: InferenceRequest) => {
      clock += (slowness * indices.length) / 1000;
      return new Float32Array();
    },
    dispose: async () => undefined,
  };
  const at = (seconds: number) => {
    clock = seconds;
  };
  const slower = (factor: number) => {
    slowness = factor;
  };
  return { deadline, trainer, at, slower };
}

describe('the reserve of a final run', () => {
  it('grows with everything that must be done after training', () => {
    const least = reserveSeconds(none);
    expect(least).toBeGreaterThan(0);
    expect(reserveSeconds({ ...none, inferenceSeconds: 0.01, testImages: 1000 })).toBeCloseTo(least + 13, 9);
    expect(reserveSeconds({ ...none, inferenceSeconds: 0.01, testImages: 1000, mirrored: true })).toBeCloseTo(
      least + 26,
      9,
    );
    expect(reserveSeconds({ ...none, evaluationSeconds: 2, writeSeconds: 3, stepSeconds: 1 })).toBeCloseTo(
      least + 9,
      9,
    );
  });

  it('holds mirrored inference only where it takes little of the whole', () => {
    expect(affordsMirror(0.001, 3000, 100)).toBe(true);
    expect(affordsMirror(0.001, 3001, 100)).toBe(false);
  });
});

describe('the fraction of a final run', () => {
  it('is driven by the clock alone and reaches 1 when training must end', () => {
    expect([100, 140, 180].map((now) => finalFraction(now, 100, 180))).toEqual([0, 0.5, 1]);
  });

  it('is 1 where the reserve leaves no time', () => {
    expect(finalFraction(0, 100, 100)).toBe(1);
    expect(finalFraction(0, 100, 50)).toBe(1);
  });

  it('is never negative and never falls as time goes on', () => {
    const time = fc.double({ min: 0, max: 1000, noNaN: true });
    fc.assert(
      fc.property(time, time, time, time, (began, until, a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(finalFraction(early, began, until)).toBeGreaterThanOrEqual(0);
        expect(finalFraction(late, began, until)).toBeGreaterThanOrEqual(finalFraction(early, began, until));
      }),
    );
  });
});

describe('the deadline of a final run', () => {
  it('leaves time for the measured inference, a second mirrored look included', async () => {
    const { deadline, trainer, at } = setUp();
    await deadline.measureInference(trainer);
    expect(deadline.mirrored).toBe(true);
    expect(200 - deadline.trainUntil).toBeCloseTo(2.6 + reserveSeconds(none), 6);
    at(deadline.trainUntil);
    expect(deadline.fraction()).toBe(1);
  });

  it('decides once whether there is a second look, so that the end of training does not jump', async () => {
    const { deadline, trainer, slower } = setUp({ testImages: 2900 });
    expect(deadline.mirrored).toBe(false);
    await deadline.measureInference(trainer);
    expect(deadline.mirrored).toBe(true);
    slower(1.1);
    await deadline.measureInference(trainer);
    expect(deadline.mirrored).toBe(true);

    const other = setUp({ testImages: 3100 });
    await other.deadline.measureInference(other.trainer);
    other.slower(0.5);
    await other.deadline.measureInference(other.trainer);
    expect(other.deadline.mirrored).toBe(false);
  });

  it('does without mirror images when the network was not trained on them', async () => {
    const { deadline, trainer } = setUp({ mirrors: false });
    await deadline.measureInference(trainer);
    expect(200 - deadline.trainUntil).toBeCloseTo(1.3 + reserveSeconds(none), 6);
  });

  it('comes earlier when steps become slower than they were when inference was measured', async () => {
    const { deadline, trainer } = setUp({ mirrors: false });
    await deadline.measureInference(trainer);
    for (let step = 0; step < 10; step++) deadline.sawStep(0.01);
    const before = deadline.trainUntil;
    for (let step = 0; step < 200; step++) deadline.sawStep(0.04);
    expect(before - deadline.trainUntil).toBeCloseTo(3 * 1.3 + 0.03, 3);
    for (let step = 0; step < 200; step++) deadline.sawStep(0.005);
    expect(deadline.trainUntil).toBeCloseTo(before + 0.005, 3);
  });

  it('leaves time to score the model on validation images', async () => {
    const { deadline, trainer } = setUp({ testImages: 0, validationImages: 5000 });
    await deadline.measureInference(trainer);
    expect(deadline.leastEvaluationSeconds).toBeCloseTo(0.5, 9);
    expect(deadline.evaluationSeconds).toBeCloseTo(1, 9);
    expect(200 - deadline.trainUntil).toBeCloseTo(1 + reserveSeconds(none), 6);
  });

  it('leaves time for the slowest checkpoint twice', () => {
    const { deadline } = setUp();
    deadline.sawWrite(2);
    deadline.sawWrite(1);
    expect(200 - deadline.trainUntil).toBeCloseTo(4 + reserveSeconds(none), 6);
  });
});
