import { describe, expect, it } from 'vitest';
import { propose } from '../../src/sampler/propose.js';
import { goodAndBad } from '../../src/sampler/split.js';
import { configurationKey } from '../../src/space/encode.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import type { Configuration, SearchSpace } from '../../src/space/types.js';
import type { Observation } from '../../src/state/observation.js';

const samplers = ['random', 'sobol', 'prior', 'kde', 'tpe'] as const;
const models = ['kde', 'tpe'] as const;
type Name = (typeof samplers)[number];

const spaceOf = (parameters: unknown, sampler: Name): SearchSpace =>
  searchSpaceFromPlain({ name: 'a', parameters, scheduler: { sampler } });
const number = { type: 'float', low: 0, high: 1 };
const at = (trial: number, observations: readonly Observation[], seed = 1) => ({
  ...{ trial, observations, seed },
  ...{ from: 1, lowest: 1, top: 9 },
});

/** What a search of one rung has tried in the end. */
function search(space: SearchSpace, score: (configuration: Configuration) => number, trials: number, seed: number) {
  const observations: Observation[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const { configuration } = propose({ space, ...at(trial, observations, seed) });
    observations.push({ configuration, rungs: [{ resource: 1, score: score(configuration) }], failed: false });
  }
  return observations;
}

/** How far the best of a search is from the optimum 1, on average over seeds. */
function meanRegret(
  sampler: Name,
  { parameters, score, trials }: { parameters: unknown; score: (c: Configuration) => number; trials: number },
): number {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const regrets = seeds.map((seed) => {
    const observations = search(spaceOf(parameters, sampler), score, trials, seed);
    return 1 - Math.max(...observations.map(({ rungs }) => rungs[0]?.score ?? 0));
  });
  return regrets.reduce((sum, one) => sum + one, 0) / seeds.length;
}

const valley = {
  parameters: { x: number, y: number },
  score: ({ x, y }: Configuration) => 1 - (Number(x) - 0.3) ** 2 - (Number(y) - 0.6) ** 2,
  trials: 40,
};
const mixed = {
  parameters: {
    rate: { type: 'float', low: 1e-4, high: 1, log: true },
    kind: { type: 'choice', values: ['sgd', 'adam', 'muon'] },
    momentum: { type: 'float', low: 0.5, high: 0.99, when: { kind: 'sgd' } },
    width: { type: 'int', low: 1, high: 16 },
  },
  score: ({ rate, kind, momentum, width }: Configuration) =>
    1 -
    0.1 * Math.abs(Math.log10(Number(rate)) + (kind === 'sgd' ? 1 : 2.5)) -
    (momentum === undefined ? 0.1 : 0.3 * Math.abs(Number(momentum) - 0.9)) -
    0.01 * Math.abs(Number(width) - 12),
  trials: 100,
};

describe('every sampler', () => {
  const spaces = {
    'one number': { x: number },
    'one choice': { x: { type: 'choice', values: ['a', 'b', 'c'] } },
    constants: { x: 1, y: 'two' },
    '34 choices with conditions': Object.fromEntries(
      Array.from({ length: 34 }, (_, i) => [
        `p${i}`,
        { type: 'choice', values: [1, 2, 3], ...(i % 3 === 2 ? { when: { [`p${i - 1}`]: [1, 2] } } : {}) },
      ]),
    ),
  };

  it.each(samplers)('%s proposes nothing twice while there is something new, and the same from the same', (sampler) => {
    for (const [name, parameters] of Object.entries(spaces)) {
      const space = spaceOf(parameters, sampler);
      const score = (one: Configuration) => (configurationKey(one).length % 17) / 17;
      const observations = search(space, score, 24, 3);
      const different = new Set(observations.map(({ configuration }) => configurationKey(configuration))).size;
      expect([name, different]).toEqual([name, name === 'constants' ? 1 : name === 'one choice' ? 3 : 24]);
      const context = { space, ...at(24, observations) };
      expect(propose(context)).toEqual(propose({ ...context, observations: structuredClone(observations) }));
    }
  });

  it.each(samplers)('%s finds the last configurations of a small space', (sampler) => {
    const space = spaceOf({ x: { type: 'int', low: 1, high: 30 }, y: { type: 'choice', values: [1, 2] } }, sampler);
    const tried = search(space, ({ x }) => Number(x) / 30, 60, 2);
    expect(new Set(tried.map(({ configuration }) => configurationKey(configuration))).size).toBe(60);
  });

  it.each(samplers.slice(1))('%s beats random search on a valley', (sampler) => {
    expect(meanRegret(sampler, valley)).toBeLessThan(0.6 * meanRegret('random', valley));
  });

  it.each(models)('%s beats random search on choices, conditions and logarithms', (sampler) => {
    expect(meanRegret(sampler, mixed)).toBeLessThan(0.75 * meanRegret('random', mixed));
  });
});

describe('models', () => {
  const results = (count: number, resource: number): Observation[] =>
    Array.from({ length: count }, (_, index) => ({
      configuration: { x: index / count },
      rungs: [{ resource, score: 1 - index / count }],
      failed: false,
    }));

  it('follow the largest resource that has enough trials', () => {
    const low = results(20, 1).map((one) => ({ ...one, configuration: { x: 0.9 } }));
    const enough = (count: number) => (count >= 5 ? 2 : null);
    expect(goodAndBad([...low, ...results(5, 3)], enough)?.good).toEqual([{ x: 0 }, { x: 0.2 }]);
    expect(goodAndBad([...low, ...results(4, 3)], enough)?.good[0]).toEqual({ x: 0.9 });
    expect(goodAndBad(results(4, 3), enough)).toBeNull();
  });

  it('count a failed trial as bad where it has not come to, and with its score where it has', () => {
    const failed = { configuration: { x: 0.99 }, rungs: [{ resource: 1, score: 1 }], failed: true };
    const enough = () => 2;
    const split = goodAndBad([failed, ...results(5, 3)], enough);
    expect(split?.bad.at(-1)).toEqual({ x: 0.99 });
    expect(goodAndBad([failed, ...results(5, 1)], enough)?.good[0]).toEqual({ x: 0.99 });
  });

  it('draw uniformly before there are enough results, and by the model then', () => {
    for (const sampler of models) {
      const space = spaceOf({ x: number }, sampler);
      const origins = (observations: readonly Observation[]) =>
        Array.from({ length: 60 }, (_, index) => propose({ space, ...at(index + 1, observations) }));
      expect(origins(results(3, 1)).every(({ origin }) => origin === 'random')).toBe(true);
      const later = origins(results(20, 1)).filter(({ origin }) => origin === 'model');
      expect(later.length / 60).toBeGreaterThan(0.5);
      expect(later.length === 60).toBe(sampler === 'tpe');
      expect(later.filter(({ configuration }) => Number(configuration['x']) < 0.4).length).toBeGreaterThan(
        0.9 * later.length,
      );
    }
  });

  it('keep away from what fails', () => {
    const first = [0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6];
    const even = [...first, ...Array.from({ length: 16 }, (_, index) => index / 15)].map((x) => ({
      configuration: { x },
      rungs: [{ resource: 1, score: 0.5 }],
      failed: false,
    }));
    for (const sampler of models) {
      const space = spaceOf({ x: number }, sampler);
      for (const side of [0, 0.5]) {
        const failing = Array.from({ length: 20 }, (_, index) => ({
          configuration: { x: side + (index + 0.5) / 40 },
          rungs: [],
          failed: true,
        }));
        const proposed = Array.from({ length: 60 }, (_, index) =>
          propose({ space, ...at(index + 1, [...even, ...failing]) }),
        ).filter(({ origin }) => origin === 'model');
        const there = proposed.filter(({ configuration }) => Math.floor(2 * Number(configuration['x'])) === 2 * side);
        expect(there.length).toBeLessThan(0.15 * proposed.length);
      }
    }
  });
});

describe('the sampler prior', () => {
  it('trusts the defaults more the higher a trial starts', () => {
    const space = spaceOf({ x: { ...number, default: 0.1 } }, 'prior');
    const uniform = (from: number) =>
      Array.from({ length: 400 }, (_, index) => propose({ space, ...at(index + 1, []), from })).filter(
        ({ origin }) => origin === 'random',
      ).length / 400;
    for (const [from, share] of [
      [1, 1 / 2],
      [3, 1 / 4],
      [8.6, 1 / 10],
    ] as const)
      expect(Math.abs(uniform(from) - share)).toBeLessThan(0.06);
  });

  it('trusts an incumbent that explains the leaders, also where it is made of choices without defaults', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const space = spaceOf(
      Object.fromEntries(names.map((name) => [name, { type: 'choice', values: [1, 2, 3, 4] }])),
      'prior',
    );
    const alike = Object.fromEntries(names.map((name) => [name, 1]));
    const observations = [0.5, 0.4, 0.3].map((score) => ({
      configuration: alike,
      rungs: [{ resource: 1, score }],
      failed: false,
    }));
    // Where it is trusted half of the values stay; else a quarter.
    const kept = Array.from({ length: 200 }, (_, index) => propose({ space, ...at(index + 1, observations), from: 9 }))
      .filter(({ origin }) => origin === 'prior')
      .flatMap(({ configuration }) => names.map((name) => Number(configuration[name] === 1)));
    expect(kept.reduce((sum, one) => sum + one, 0) / kept.length).toBeGreaterThan(0.4);
  });
});

describe('the sampler sobol', () => {
  it('covers more parameters than the sequence has dimensions', () => {
    const parameters = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`p${index}`, number]));
    const tried = search(spaceOf(parameters, 'sobol'), () => 0.5, 33, 1).slice(1);
    for (const name of ['p0', 'p63']) {
      const cells = new Set(tried.map(({ configuration }) => Math.floor(Number(configuration[name]) * 32)));
      expect(cells.size).toBe(32);
    }
    const last = tried.map(({ configuration }) => Number(configuration['p79']));
    expect(new Set(last).size).toBe(32);
  });
});
