import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propose } from '../../src/sampler/propose.js';
import { configurationKey, distance } from '../../src/space/encode.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import { defaultConfiguration } from '../../src/space/sample.js';
import type { SearchSpace } from '../../src/space/types.js';
import type { Observation } from '../../src/state/observation.js';
import { searchSpaces } from '../space/arbitrary.js';

const spaceOf = (parameters: unknown, sampler = 'prior'): SearchSpace =>
  searchSpaceFromPlain({ name: 'a', parameters, scheduler: { sampler } });

const square = (sampler = 'prior') =>
  spaceOf(
    { x: { type: 'float', low: 0, high: 1, default: 0.1 }, y: { type: 'float', low: 0, high: 1, default: 0.1 } },
    sampler,
  );

/** Results whose best stand far from the defaults, at (0.9, 0.9). */
const farAway = (count: number, resource = 1): Observation[] =>
  Array.from({ length: count }, (_, index) => ({
    configuration: { x: 0.9 - index / 100, y: 0.9 - index / 100 },
    rungs: [{ resource, score: 0.9 - index / 100 }],
    failed: false,
  }));

/** Where trials start and end here. */
const ladder = { from: 1, lowest: 1, top: 9 };

function proposals(space: SearchSpace, observations: readonly Observation[], count = 300) {
  return Array.from({ length: count }, (_, index) =>
    propose({ space, seed: 1, trial: index + 1, observations, ...ladder }),
  );
}

const nearBest = (space: SearchSpace, observations: readonly Observation[]): number =>
  proposals(space, observations).filter(
    ({ configuration }) => distance(space, configuration, { x: 0.9, y: 0.9 }) < 0.25,
  ).length / 300;

describe('propose', () => {
  it('gives the default configuration to trial 0 under every sampler', () => {
    for (const sampler of ['random', 'prior']) {
      const space = square(sampler);
      expect(propose({ space, seed: 1, trial: 0, observations: farAway(9), ...ladder })).toEqual({
        configuration: defaultConfiguration(space),
        origin: 'default',
      });
    }
  });

  it('is pure: the same context gives the same proposal', () => {
    fc.assert(
      fc.property(searchSpaces, fc.integer(), fc.nat(50), (space, seed, trial) => {
        const context = { space, seed, trial, observations: [], ...ladder };
        expect(propose(context)).toEqual(propose(context));
      }),
    );
  });

  it('gives different trials and different seeds different configurations', () => {
    const space = square('random');
    const keys = [1, 2, 3].flatMap((trial) =>
      [1, 2].map((seed) =>
        configurationKey(propose({ space, seed, trial, observations: [], ...ladder }).configuration),
      ),
    );
    expect(new Set(keys).size).toBe(6);
  });

  it('draws uniformly with the sampler random, whatever the results', () => {
    const all = proposals(square('random'), farAway(9));
    expect(all.every(({ origin }) => origin === 'random')).toBe(true);
    expect(nearBest(square('random'), farAway(9))).toBeLessThan(0.25);
  });

  it('draws half of the trials at the bottom uniformly and the others near the defaults while there are few results', () => {
    const all = proposals(square(), farAway(2));
    const random = all.filter(({ origin }) => origin === 'random').length / all.length;
    expect(random).toBeGreaterThan(0.42);
    expect(random).toBeLessThan(0.58);
    const prior = all.filter(({ origin }) => origin === 'prior');
    const near = prior.filter(({ configuration }) => Number(configuration['x']) < 0.6);
    expect(near.length / prior.length).toBeGreaterThan(0.9);
  });

  it('goes to the incumbent once eta results stand at one resource, and they contradict the prior', () => {
    expect(nearBest(square(), farAway(2))).toBeLessThan(0.15);
    expect(nearBest(square(), farAway(3))).toBeGreaterThan(0.35);
  });

  it('counts a trial once however many rungs it has ended, and a failed one not at all', () => {
    const climbed = farAway(1).map((one) => ({
      ...one,
      rungs: [1, 3, 9].map((resource) => ({ resource, score: 0.9 })),
    }));
    const failed = farAway(4).map((one, index) => (index < 2 ? { ...one, rungs: [], failed: true } : one));
    expect(nearBest(square(), climbed)).toBeLessThan(0.15);
    expect(nearBest(square(), failed)).toBeLessThan(0.15);
  });

  it('takes the winner of a bracket as incumbent, not the best of those left behind', () => {
    const left = Array.from({ length: 6 }, (_, index) => ({
      configuration: { x: 0.1, y: 0.1 + index / 100 },
      rungs: [{ resource: 1, score: 0.5 }],
      failed: false,
    }));
    const climbed = [...farAway(1, 9), ...farAway(3, 3).slice(1)];
    expect(nearBest(square(), [...left, ...climbed])).toBeGreaterThan(0.35);
  });

  it('follows the highest resource that has enough results', () => {
    const low = Array.from({ length: 9 }, (_, index) => ({
      configuration: { x: 0.1, y: 0.1 + index / 100 },
      rungs: [{ resource: 1, score: 0.99 }],
      failed: false,
    }));
    expect(nearBest(square(), [...low, ...farAway(3, 3)])).toBeGreaterThan(0.35);
  });

  it('proposes nothing twice while the space holds something new, and still answers when it is exhausted', () => {
    const space = spaceOf({ a: { type: 'choice', values: [1, 2, 3, 4, 5], default: 1, confidence: 'high' } });
    const observations: Observation[] = [];
    for (let trial = 0; trial < 5; trial++) {
      const { configuration } = propose({ space, seed: 1, trial, observations, ...ladder });
      observations.push({ configuration, rungs: [], failed: false });
    }
    expect(new Set(observations.map(({ configuration }) => configuration['a'])).size).toBe(5);
    expect(propose({ space, seed: 1, trial: 5, observations, ...ladder }).configuration['a']).toBeDefined();
  });
});
