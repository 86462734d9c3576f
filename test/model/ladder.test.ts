import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { Ladder, type LadderTrial } from '../../src/model/ladder.js';
import type { PointSpace } from '../../src/model/point.js';
import { accuracyOf, worth } from '../../src/state/worth.js';

const space: PointSpace = {
  dimensions: 2,
  isChoice: [false, false],
  values: [0, 0],
  pointOf: () => new Float64Array(2),
};

/** Errors fall with training, faster for a high first coordinate, which looks worse at the bottom. */
const accuracy = ([x = 0, y = 0]: Float64Array, level: number) =>
  1 - 0.5 * Math.exp(-0.4 * level - 0.8 * level * x + 0.6 * x) * (1 - 0.4 * y);

function trials(count: number, heightOf: (index: number) => number, lowestOf = (_index: number) => 0): LadderTrial[] {
  const random = seedrandom.alea('ladder');
  return Array.from({ length: count }, (_, index) => {
    const point = Float64Array.of(random(), random());
    const lowest = lowestOf(index);
    const scores = Array.from({ length: heightOf(index) - lowest }, (_unused, step) => accuracy(point, lowest + step));
    return { point, lowest, scores, variances: scores.map(() => 0), at: scores.map((_, step) => 10 * index + step) };
  });
}

const top = 2;
const climbing = (index: number) => (index % 4 === 0 ? 3 : index % 2 === 0 ? 2 : 1);

describe('a ladder', () => {
  test('keeps what was measured without noise and is sure of it', () => {
    const all = trials(20, climbing);
    const ladder = new Ladder(space, all, 3);
    for (const trial of all) {
      const { means, variances } = ladder.ofTrial(trial);
      for (const [level, score] of trial.scores.entries()) {
        expect(means[level]).toBe(worth(score));
        expect(variances[level]).toBe(0);
      }
    }
  });

  test('draws a lucky score towards what the others say, the more the fewer images it comes from', () => {
    const all = trials(24, climbing);
    const luck = 0.2;
    const [lucky] = all;
    if (!lucky) throw new Error('expected a trial');
    const truth = worth(lucky.scores[top] ?? 0);
    const measuredBy = (deviation: number) => {
      const variances = lucky.scores.map(() => deviation ** 2);
      const scores = lucky.scores.with(top, accuracyOf(truth + luck));
      const noisy = all.with(0, { ...lucky, scores, variances });
      const expectation = new Ladder(space, noisy, 3).ofTrial({ ...lucky, scores, variances });
      return (expectation.means[top] ?? 0) - truth;
    };
    expect(measuredBy(0.01)).toBeGreaterThan(0.6 * luck);
    expect(measuredBy(0.3)).toBeLessThan(0.4 * luck);
    expect(measuredBy(0.3)).toBeLessThan(measuredBy(0.1));
  });

  test('foretells the top of trials that stopped below, and of new ones, though the bottom ranks them otherwise', () => {
    const ladder = new Ladder(space, trials(40, climbing), 3);
    const corners = [Float64Array.of(0.1, 0.5), Float64Array.of(0.9, 0.5)] as const;
    expect(accuracy(corners[0], 0)).toBeGreaterThan(accuracy(corners[1], 0));
    const [slow, fast] = ladder.ofNew(corners).map(({ means }) => means[top] ?? 0);
    expect(fast).toBeGreaterThan((slow ?? 0) + 0.3);
    for (const [index, corner] of corners.entries())
      expect(Math.abs(([slow, fast][index] ?? 0) - worth(accuracy(corner, top)))).toBeLessThan(0.25);
    const stopped = ladder.ofTrial({
      point: corners[1],
      lowest: 0,
      scores: [accuracy(corners[1], 0)],
      variances: [0],
      at: [0],
    });
    expect(Math.abs((stopped.means[top] ?? 0) - worth(accuracy(corners[1], top)))).toBeLessThan(0.25);
  });

  test('is unsure of what nobody has trained', () => {
    const ladder = new Ladder(
      space,
      trials(12, () => 1),
      3,
    );
    const [expectation] = ladder.ofNew([Float64Array.of(0.5, 0.5)]);
    const [bottom = 0, middle = 0, above = 0] = expectation?.variances ?? [];
    expect(middle).toBeGreaterThan(2 * bottom);
    expect(above - middle).toBeGreaterThan(bottom);
  });

  test('makes use of trials that started higher up', () => {
    const ladder = new Ladder(
      space,
      trials(
        40,
        (index) => (index % 2 === 0 ? 3 : 2),
        (index) => index % 2,
      ),
      3,
    );
    const [slow, fast] = ladder.ofNew([Float64Array.of(0.1, 0.5), Float64Array.of(0.9, 0.5)]);
    expect(fast?.means[top]).toBeGreaterThan(slow?.means[top] ?? 0);
  });

  test('is skilful where points tell something, and not where scores are drawn at random', () => {
    expect(new Ladder(space, trials(40, climbing), 3).skill).toBeGreaterThan(0.8);
    const random = seedrandom.alea('luck');
    const lucky = trials(40, () => 1).map((trial) => ({ ...trial, scores: [random()] }));
    expect(new Ladder(space, lucky, 3).skill).toBeLessThan(0.35);
  });

  test('expects little where trials have failed, and no worse of it than the worst that was seen', () => {
    const seen = trials(24, climbing).filter(({ point }) => (point[0] ?? 0) > 0.3);
    const failed = [0.2, 0.4, 0.6, 0.8].map((y, at) => ({ point: Float64Array.of(0.05, y), at }));
    const expected = (given: typeof failed) => {
      const ladder = new Ladder(space, seen, 3, new Map(), given);
      const [there, elsewhere] = ladder.ofNew([Float64Array.of(0.05, 0.5), Float64Array.of(0.8, 0.5)]);
      return { there: there?.means[0] ?? 0, elsewhere: elsewhere?.means[0] ?? 0 };
    };
    const [unaware, aware] = [expected([]), expected(failed)];
    const worst = Math.min(...seen.map(({ scores }) => worth(scores[0] ?? 0)));
    expect(unaware.there).toBeGreaterThan(unaware.elsewhere + 0.3);
    expect(Math.abs(aware.there - worst)).toBeLessThan(0.1);
    expect(Math.abs(aware.elsewhere - unaware.elsewhere)).toBeLessThan(0.1);
  });

  test('says the same with a memory as without one', () => {
    const memory = new Map();
    const [first] = [20, 30, 40].map((count) => new Ladder(space, trials(count, climbing), 3, memory)).slice(-1);
    const fresh = new Ladder(space, trials(40, climbing), 3);
    const point = [Float64Array.of(0.3, 0.7)];
    expect(first?.ofNew(point)).toEqual(fresh.ofNew(point));
  });

  test('holds no more points than it can afford', () => {
    const failed = Array.from({ length: 100 }, (_, at) => ({ point: Float64Array.of(1, at / 99), at }));
    for (const given of [[], failed])
      expect(new Ladder(space, trials(400, climbing), 3, new Map(), given).skill).toBeGreaterThan(0.8);
  });
});
