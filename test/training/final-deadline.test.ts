import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SplitName } from '../../src/data/types.js';
import {
  affordedViews,
  afterInferenceSeconds,
  finalFraction,
  finalReserveSeconds,
  type ReserveParts,
} from '../../src/training/final-clock.js';
import { FinalDeadline, type FinalDeadlineOptions } from '../../src/training/final-deadline.js';
import type { InferenceRequest, Trainer } from '../../src/training/replicas.js';
import { FakeSession } from './fake.js';

const plain = { side: 24, mirrored: false, shift: 0 };
const mirrored = { ...plain, mirrored: true };

const none: ReserveParts = {
  chunkSeconds: [],
  chunks: 0,
  recalibrationSeconds: 0,
  viewSeconds: 0,
  evaluationSeconds: 0,
  writeSeconds: [],
  lastingWriteSeconds: [],
  stepSeconds: [],
};

/** A deadline from 100 s to 200 s, and a trainer that takes 1 ms an image of 24 px. */
function setUp(options: Partial<FinalDeadlineOptions> = {}) {
  let [clock, slowness] = [100, 1];
  const shown: { readonly split: SplitName; readonly indices: readonly number[] }[] = [];
  const deadline = new FinalDeadline({
    beganAtSeconds: 100,
    endsAtSeconds: 200,
    now: () => clock,
    testImages: 1000,
    validationImages: 0,
    views: [plain, mirrored],
    ...options,
  });
  const trainer: Trainer = {
    session: new FakeSession(),
    batches: null,
    replicas: 1,
    regularise: () => undefined,
    recalibrate: async () => undefined,
    step: async () => ({ lossSum: 0, images: 0, dataSeconds: 0, lossScale: 1, applied: true }),
    prepare: async () => undefined,
    infer: async ({ split, indices, view }: InferenceRequest) => {
      shown.push({ split, indices: [...indices] });
      clock += (slowness * indices.length * (view.side / 24) ** 2) / 1000;
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
  return { deadline, trainer, at, slower, shown };
}

describe('the reserve of a final run', () => {
  it('grows with everything that must be done after training', () => {
    const least = finalReserveSeconds(none);
    expect(least).toBeGreaterThan(0);
    // Measured once, each: half as much again.
    expect(finalReserveSeconds({ ...none, chunkSeconds: [0.1], chunks: 100 })).toBeCloseTo(least + 15, 9);
    expect(finalReserveSeconds({ ...none, writeSeconds: [2] })).toBeCloseTo(least + 3 - 0.25, 9);
    expect(finalReserveSeconds({ ...none, stepSeconds: [4] })).toBeCloseTo(least + 6, 9);
    expect(finalReserveSeconds({ ...none, recalibrationSeconds: 2 })).toBeCloseTo(least + 2, 9);
    // Both stop in time by themselves.
    expect(finalReserveSeconds({ ...none, viewSeconds: 5, evaluationSeconds: 2 })).toBeCloseTo(least + 7, 9);
  });

  it('has a quarter of a second for the model, however fast the checkpoints before it were written', () => {
    expect(finalReserveSeconds(none)).toBeCloseTo(0.35, 9);
    expect(finalReserveSeconds({ ...none, writeSeconds: [0.01, 0.01] })).toBeCloseTo(0.35, 9);
  });

  it('leaves time to write the model after the last look at the test images', () => {
    expect(afterInferenceSeconds({ evaluationSeconds: 0, writeSeconds: [2], lastingWriteSeconds: [] })).toBeCloseTo(
      3.1,
      9,
    );
    // Whatever was saved on the way in no time.
    const lasting = { evaluationSeconds: 0, writeSeconds: [0.01, 0.01], lastingWriteSeconds: [2] };
    expect(afterInferenceSeconds(lasting)).toBeCloseTo(3.1, 9);
  });

  it('holds further views only as far as they take little of the whole, the first ones first', () => {
    expect(affordedViews([], 100)).toBe(0);
    expect(affordedViews([3], 100)).toBe(1);
    expect(affordedViews([3.001], 100)).toBe(0);
    expect(affordedViews([1, 1, 1.001, 0.1], 100)).toBe(2);
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
  it('leaves time for the measured inference, a second view included', async () => {
    const { deadline, trainer, at } = setUp();
    deadline.sawWrite(0, 'fast');
    await deadline.measureInference(trainer);
    // Three chunks that agree: a sixth more.
    expect(200 - deadline.trainUntil).toBeCloseTo(7 / 6 + 1 + finalReserveSeconds(none), 6);
    at(deadline.trainUntil);
    expect(deadline.fraction()).toBe(1);
  });

  it('leaves time for the statistics of batch norms, which every replica computes', async () => {
    const [without, with512] = [setUp(), setUp({ recalibrationImages: 512 })];
    for (const { deadline, trainer } of [without, with512])
      await deadline.measureInference({ ...trainer, replicas: 3 });
    // Three replicas that predict an image in a thousandth of a second together.
    const expected = 1.5 * 3 * 512 * 1e-3;
    expect(without.deadline.trainUntil - with512.deadline.trainUntil).toBeCloseTo(expected, 6);
  });

  it('leaves time for these statistics where no test or validation image is to be shown, too', async () => {
    const images = { testImages: 0, validationImages: 0, views: [plain] } as const;
    const [without, with300] = [setUp(images), setUp({ ...images, recalibrationImages: 300 })];
    for (const { deadline, trainer } of [without, with300]) await deadline.measureInference(trainer);
    expect(200 - without.deadline.trainUntil).toBeCloseTo(finalReserveSeconds(none), 6);
    expect(without.deadline.trainUntil - with300.deadline.trainUntil).toBeCloseTo(1.5 * 300 * 1e-3, 6);
    expect(new Set(with300.shown.map(({ split }) => split))).toEqual(new Set(['train']));
    expect(Math.max(...with300.shown.flatMap(({ indices }) => indices))).toBeLessThan(300);
  });

  it('comes closer to what inference takes with every measurement that agrees', async () => {
    const { deadline, trainer } = setUp({ views: [plain] });
    deadline.sawWrite(0, 'fast');
    for (let measurement = 0; measurement < 4; measurement++) await deadline.measureInference(trainer);
    expect(200 - deadline.trainUntil).toBeCloseTo(1 + 0.5 / 12 + finalReserveSeconds(none), 6);
  });

  it('forgets how fast inference was once it is slower', async () => {
    const { deadline, trainer, slower } = setUp({ views: [plain] });
    deadline.sawWrite(0, 'fast');
    await deadline.measureInference(trainer);
    slower(4);
    for (let measurement = 0; measurement < 4; measurement++) await deadline.measureInference(trainer);
    expect(200 - deadline.trainUntil).toBeCloseTo(4 * (1 + 0.5 / 12) + finalReserveSeconds(none), 6);
  });

  it('does not come earlier for one step that took long', async () => {
    const { deadline, trainer } = setUp({ views: [plain] });
    await deadline.measureInference(trainer);
    for (let step = 0; step < 30; step++) deadline.sawStep(0.01);
    const before = deadline.trainUntil;
    deadline.sawStep(0.4);
    expect(before - deadline.trainUntil).toBeLessThan(0.4);
  });

  it('asks for a measurement whenever half of what was left has passed, as long as it costs little', async () => {
    const { deadline, trainer, at } = setUp({ views: [plain] });
    expect(deadline.shouldMeasure).toBe(true);
    let asked = 0;
    for (let clock = 100; clock < 200; clock += 0.25) {
      at(clock);
      if (!deadline.shouldMeasure) continue;
      asked++;
      await deadline.measureInference(trainer);
    }
    // A measurement takes 0.256 s: at 100, 149, 174 and 186 s; with 6 s left it would take too much of them.
    expect(asked).toBe(4);
  });

  it('decides once which views there are, so that the end of training does not jump', async () => {
    /** Seconds that are kept for a second view in the first measurement, and in one after it on a machine so much slower. */
    const secondView = async (testImages: number, factor: number) => {
      const [one, two] = [setUp({ testImages, views: [plain] }), setUp({ testImages })];
      const kept = async () => {
        for (const { deadline, trainer } of [one, two]) await deadline.measureInference(trainer);
        return two.deadline.reserveSeconds - one.deadline.reserveSeconds;
      };
      const first = await kept();
      for (const { slower } of [one, two]) slower(factor);
      return { kept: [first, await kept()], deadline: two.deadline };
    };
    // It may take 3 s, and takes 2.9 s and then 5 % more, as the mean of both measurements.
    expect((await secondView(2900, 1.1)).kept).toEqual([expect.closeTo(2.9, 6), expect.closeTo(2.9 * 1.05, 6)]);
    const other = await secondView(3100, 0.5);
    expect(other.kept).toEqual([0, 0]);
    // Time that is left over may be used for it all the same.
    expect(other.deadline.viewsUntil).toBeGreaterThan(199);
  });

  it('keeps time for the views that it affords by what images of their sides take', async () => {
    const larger = { ...plain, side: 48 };
    const views = [plain, larger, mirrored, { ...larger, mirrored: true }] as const;
    const { deadline, trainer } = setUp({ testImages: 500, views });
    deadline.sawWrite(0, 'fast');
    await deadline.measureInference(trainer);
    // 2 s and 0.5 s of the 3 s that further views may take; the fourth would take 2 s more.
    expect(200 - deadline.trainUntil).toBeCloseTo((0.5 * 7) / 6 + 2.5 + finalReserveSeconds(none), 6);
  });

  it('does without further views where none are asked for', async () => {
    const { deadline, trainer } = setUp({ views: [plain] });
    deadline.sawWrite(0, 'fast');
    await deadline.measureInference(trainer);
    expect(200 - deadline.trainUntil).toBeCloseTo(7 / 6 + finalReserveSeconds(none), 6);
  });

  it('leaves time to score the model on validation images, and all that is left over', async () => {
    const { deadline, trainer } = setUp({ testImages: 0, validationImages: 5000 });
    deadline.sawWrite(0, 'fast');
    await deadline.measureInference(trainer);
    expect(deadline.leastEvaluationSeconds).toBeCloseTo(0.5, 9);
    expect(200 - deadline.trainUntil).toBeCloseTo(1 + finalReserveSeconds(none), 6);
    expect(deadline.evaluateUntil).toBeCloseTo(199.9, 9);
  });
});
