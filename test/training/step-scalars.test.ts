import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optimizerKinds } from '../../src/network/describe.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { averageRate } from '../../src/training/schedule.js';
import { stepScalars } from '../../src/training/step-scalars.js';
import { tiny } from '../network/fixtures.js';

describe('the numbers of an update', () => {
  it('are what the update program takes, but the scale of the gradients', () => {
    for (const optimizer of optimizerKinds) {
      for (const [clips, averagesTail] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const options = { 'optimizer.clip': clips ? 2 : 0, 'average.tail': averagesTail ? 0.3 : 0 };
        const scalars = stepScalars(parseRecipe({ 'optimizer.kind': optimizer, ...options }), 0.1, 0, 0);
        expect(scalars.clip).toBe(clips ? 2 : undefined);
        expect([...Object.keys(scalars), 'gradientScale'].toSorted()).toEqual(
          Object.keys(tiny({}, { optimizer, clips, averagesTail }).programs.apply.inputs).toSorted(),
        );
      }
    }
  });

  it('turn sums of decaying gradients into means at every step', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('adamw', 'muon'),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (kind, decay, gradients) => {
          const recipe = parseRecipe({ 'optimizer.kind': kind, 'optimizer.momentum': decay, 'optimizer.beta2': decay });
          let [sum, mean] = [0, 0];
          gradients.forEach((gradient, step) => {
            sum = decay * sum + gradient;
            mean = decay * mean + (1 - decay) * gradient;
            const { firstMomentScale = Number.NaN, secondMomentScale } = stepScalars(recipe, 0.1, step, 0);
            expect(firstMomentScale * sum).toBeCloseTo(mean / (1 - decay ** (step + 1)), 9);
            expect(secondMomentScale).toBe(firstMomentScale);
          });
        },
      ),
    );
  });

  it('come from the recipe, the rate and the number of updates', () => {
    const recipe = parseRecipe({ 'optimizer.momentum': 0.8, 'optimizer.weightDecay': 0.01, 'average.decay': 0.97 });
    expect(stepScalars(recipe, 0.3, 12, 0.5)).toEqual({
      learningRate: 0.3,
      momentum: 0.8,
      weightDecay: 0.01,
      averageRate: averageRate(0.97, 128, 12),
    });
  });

  it('tell the part of the schedule over which averages are means', () => {
    const recipe = parseRecipe({ 'average.tail': 0.25 });
    const tail = [0, 0.7, 0.75, 1].map((passed) => stepScalars(recipe, 0.1, 3, passed).averageTail);
    expect(tail).toEqual([0, 0, 1, 1]);
  });
});
