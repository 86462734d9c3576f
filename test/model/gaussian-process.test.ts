import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { GaussianProcess } from '../../src/model/gaussian-process.js';
import { fitHyperparameters, type Measured, Objective, type Prior } from '../../src/model/hyperparameters.js';
import { matern } from '../../src/model/kernel.js';
import { squaredDifference } from '../../src/model/point.js';

const prior: Prior = {
  lengthScale: { logMean: Math.log(0.7), logSpread: 1 },
  amplitude: { logMean: 0, logSpread: 1 },
  noise: { logMean: Math.log(0.05), logSpread: 1 },
  mean: { value: 0, deviation: 10 },
};
/** The same where the mean is known. */
const known: Prior = { ...prior, mean: { value: 0, deviation: 0 } };
/** The middle of the prior. */
const unfitted = { lengthScales: [0.7, 0.7], amplitude: 1, noise: 0.05 };
const numbers = (count: number) => Array.from({ length: count }, () => false);

function sample(count: number, dimensions: number, seed: string): readonly Float64Array[] {
  const random = seedrandom.alea(seed);
  return Array.from({ length: count }, () => Float64Array.from({ length: dimensions }, random));
}

/** Values without known noise. */
const exact = (points: readonly Float64Array[], values: readonly number[]): readonly Measured[] =>
  points.map((point, index) => ({ point, value: values[index] ?? Number.NaN, variance: 0 }));

describe('a Gaussian process', () => {
  test('without points says its prior', () => {
    const process = new GaussianProcess([], numbers(2), unfitted, prior);
    expect(process.predict([Float64Array.of(0.1, 0.9)])).toEqual([{ mean: 0, variance: 101 }]);
  });

  test('is sure where it has been and unsure far away', () => {
    const points = [Float64Array.of(0.1), Float64Array.of(0.3)];
    const certain = { lengthScales: [0.2], amplitude: 1, noise: 1e-4 };
    const [there, far] = new GaussianProcess(exact(points, [1, -1]), numbers(1), certain, prior).predict([
      Float64Array.of(0.1),
      Float64Array.of(1),
    ]);
    expect(there?.mean).toBeCloseTo(1, 3);
    expect(there?.variance).toBeLessThan(1e-4);
    expect(far?.variance).toBeGreaterThan(0.5);
  });

  test('says of a point left out what it would say had it never seen it, given the mean of all', () => {
    const points = sample(12, 2, 'left out');
    const values = points.map(([x = 0, y = 0]) => Math.sin(4 * x) + y);
    const given = { lengthScales: [0.4, 0.8], amplitude: 1, noise: 0.1 };
    const data = points.map((point, index) => ({ point, value: values[index] ?? 0, variance: 0.003 * index }));
    const whole = new GaussianProcess(data, numbers(2), given, prior);
    // Far from all points nothing but their mean is left.
    const value = whole.predict([Float64Array.of(1e6, 1e6)])[0]?.mean ?? Number.NaN;
    const fixed: Prior = { ...prior, mean: { value, deviation: 0 } };
    for (const [index, point] of points.entries()) {
      const without = (one: Prior) =>
        new GaussianProcess(data.toSpliced(index, 1), numbers(2), given, one).predict([point])[0];
      expect(whole.leftOut()[index]).toBeCloseTo(without(fixed)?.mean ?? Number.NaN, 5);
      const unseen = whole.predictUnseen(point);
      expect(unseen.mean).toBeCloseTo(without(prior)?.mean ?? Number.NaN, 5);
      expect(unseen.variance).toBeCloseTo(without(prior)?.variance ?? Number.NaN, 5);
      expect(whole.predictUnseen(point.slice())).toEqual(whole.predict([point])[0]);
    }
  });

  test('goes by a value the less the noisier it was measured', () => {
    const points = [Float64Array.of(0.2), Float64Array.of(0.8)];
    const given = { lengthScales: [0.1], amplitude: 1, noise: 0.01 };
    const data = points.map((point, index) => ({ point, value: 1, variance: index === 0 ? 0 : 1 }));
    const [sure, unsure] = new GaussianProcess(data, numbers(1), given, known).predict(points);
    expect(sure?.mean).toBeCloseTo(1, 2);
    expect(unsure).toMatchObject({ mean: expect.closeTo(0.5, 1), variance: expect.closeTo(0.5, 1) });
  });

  test('tells choices and inactive parameters apart', () => {
    const points = [Float64Array.of(0, Number.NaN), Float64Array.of(1, 0.5), Float64Array.of(1, 0.6)];
    const given = { lengthScales: [0.5, 0.5], amplitude: 1, noise: 0.01 };
    const process = new GaussianProcess(exact(points, [3, 1, 1]), [true, false], given, prior);
    const [first, second] = process.predict([Float64Array.of(0, Number.NaN), Float64Array.of(1, 0.55)]);
    expect(first?.mean).toBeGreaterThan(2.9);
    expect(second?.mean).toBeCloseTo(1, 1);
  });

  test('is less sure of all points for not knowing their mean', () => {
    const points = [Float64Array.of(0.1), Float64Array.of(0.15)];
    const given = { lengthScales: [0.1], amplitude: 1, noise: 0.01 };
    const farOff = (one: Prior) =>
      new GaussianProcess(exact(points, [3, 3.1]), numbers(1), given, one).predict([Float64Array.of(1)])[0];
    // Two points that go together tell the mean about as well as one does.
    expect(farOff(prior)?.mean).toBeCloseTo(3.05, 1);
    expect(farOff(prior)?.variance).toBeGreaterThan(1.8);
    expect(farOff(known)).toMatchObject({ mean: expect.closeTo(0, 3), variance: expect.closeTo(1, 3) });
  });

  test('knows of a point what its distance in all coordinates leaves of another: numbers, choices, inactive ones', () => {
    const random = seedrandom.alea('distances');
    const isChoice = [false, true, false, true];
    const draw = () =>
      Float64Array.from(isChoice, (choice) => {
        if (random() < 0.3) return Number.NaN;
        return choice ? Math.floor(3 * random()) : random();
      });
    const lengthScales = [0.3, 0.7, 1, 1.5];
    for (let pair = 0; pair < 200; pair++) {
      const [one, other] = [draw(), draw()];
      const process = new GaussianProcess(exact([one], [0]), isChoice, { lengthScales, amplitude: 1, noise: 0 }, known);
      const distance = lengthScales.reduce((sum, scale, dimension) => {
        const [a, b, choice] = [one[dimension], other[dimension], isChoice[dimension]];
        return sum + squaredDifference(a ?? Number.NaN, b ?? Number.NaN, choice ?? false) / scale ** 2;
      }, 0);
      expect(process.predict([other])[0]?.variance).toBeCloseTo(1 - matern(distance) ** 2, 4);
    }
  });
});

describe('fitted hyperparameters', () => {
  test('follow the slope of what they are to make small', () => {
    const points = sample(12, 2, 'slope').map(([x = 0, y = 0], index) =>
      Float64Array.of(x, index % 4 === 0 ? Number.NaN : Math.floor(3 * y)),
    );
    const values = points.map(([x = 0, y = 0]) => Math.sin(5 * x) + (Number.isNaN(y) ? 2 : y));
    const data = points.map((point, index) => ({ point, value: values[index] ?? 0, variance: 0.01 * index }));
    const vague = { ...prior, mean: { value: 0.4, deviation: 0.7 } };
    const objective = new Objective(data, [false, true], vague);
    const logs = Float64Array.of(-0.5, 0.2, 0.3, -1.5);
    const found = objective.at(logs);
    for (const index of logs.keys()) {
      const lossAt = (step: number) => objective.at(logs.with(index, (logs[index] ?? 0) + step))?.loss ?? Number.NaN;
      expect(found?.gradient[index]).toBeCloseTo((lossAt(1e-5) - lossAt(-1e-5)) / 2e-5, 5);
    }
  });

  test('find out which coordinate matters, how far it reaches and how noisy values are', () => {
    const points = sample(60, 3, 'which matters');
    const random = seedrandom.alea('noise');
    const values = points.map(([x = 0]) => 2 * Math.sin(6 * x) + 0.1 * (random() - 0.5));
    const { lengthScales, amplitude, noise } = fitHyperparameters(exact(points, values), numbers(3), prior);
    const [first = 0, second = 0, third = 0] = lengthScales;
    expect(second).toBeGreaterThan(3 * first);
    expect(third).toBeGreaterThan(3 * first);
    expect(amplitude).toBeGreaterThan(0.8);
    expect(noise).toBeLessThan(0.1);
  });

  test('take known noise for what it is', () => {
    const points = sample(60, 1, 'known noise');
    const random = seedrandom.alea('known noise');
    const data = points.map((point, index) => {
      const variance = index % 2 === 0 ? 0.25 : 0;
      const luck = Math.sqrt(12 * variance) * (random() - 0.5);
      return { point, value: Math.sin(6 * (point[0] ?? 0)) + luck, variance };
    });
    const blind = data.map((one) => ({ ...one, variance: 0 }));
    const [aware, unaware] = [data, blind].map((one) => fitHyperparameters(one, numbers(1), prior).noise);
    expect(aware).toBeLessThan(0.3 * (unaware ?? 0));
  });

  test('foretell better than those that were believed before', () => {
    const points = sample(40, 2, 'better');
    const values = points.map(([x = 0, y = 0]) => Math.cos(9 * x) + 0.3 * y);
    const test = sample(200, 2, 'test');
    const error = (given: ReturnType<typeof fitHyperparameters>) => {
      const predictions = new GaussianProcess(exact(points, values), numbers(2), given, prior).predict(test);
      return test.reduce(
        (sum, [x = 0, y = 0], index) => sum + (Math.cos(9 * x) + 0.3 * y - (predictions[index]?.mean ?? 0)) ** 2,
        0,
      );
    };
    const fitted = error(fitHyperparameters(exact(points, values), numbers(2), prior));
    expect(fitted).toBeLessThan(0.5 * error(unfitted));
  });

  test('stand equal points with different values', () => {
    const points = Array.from({ length: 10 }, () => Float64Array.of(0.5));
    const data = exact(points, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
    const process = new GaussianProcess(data, numbers(1), fitHyperparameters(data, numbers(1), prior), prior);
    expect(process.predict([Float64Array.of(0.5)])[0]?.mean).toBeCloseTo(1.5, 1);
  });
});
