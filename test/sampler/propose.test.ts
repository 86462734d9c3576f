import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Observation, propose } from '../../src/sampler/propose.js';
import { configurationKey, distance } from '../../src/space/encode.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import { defaultConfiguration } from '../../src/space/sample.js';
import type { SearchSpace } from '../../src/space/types.js';
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
    score: 0.9 - index / 100,
    resource,
  }));

function proposals(space: SearchSpace, observations: readonly Observation[], count = 300) {
  return Array.from({ length: count }, (_, index) => propose({ space, seed: 1, trial: index + 1, observations }));
}

const nearBest = (space: SearchSpace, observations: readonly Observation[]): number =>
  proposals(space, observations).filter(
    ({ configuration }) => distance(space, configuration, { x: 0.9, y: 0.9 }) < 0.25,
  ).length / 300;

describe('propose', () => {
  it('gives the default configuration to trial 0 under every sampler', () => {
    for (const sampler of ['random', 'prior']) {
      const space = square(sampler);
      expect(propose({ space, seed: 1, trial: 0, observations: farAway(9) })).toEqual({
        configuration: defaultConfiguration(space),
        origin: 'default',
      });
    }
  });

  it('is pure: the same context gives the same proposal', () => {
    fc.assert(
      fc.property(searchSpaces, fc.integer(), fc.nat(50), (space, seed, trial) => {
        const context = { space, seed, trial, observations: [] };
        expect(propose(context)).toEqual(propose(context));
      }),
    );
  });

  it('gives different trials and different seeds different configurations', () => {
    const space = square('random');
    const keys = [1, 2, 3].flatMap((trial) =>
      [1, 2].map((seed) => configurationKey(propose({ space, seed, trial, observations: [] }).configuration)),
    );
    expect(new Set(keys).size).toBe(6);
  });

  it('draws uniformly with the sampler random, whatever the results', () => {
    const all = proposals(square('random'), farAway(9));
    expect(all.every(({ origin }) => origin === 'random')).toBe(true);
    expect(nearBest(square('random'), farAway(9))).toBeLessThan(0.25);
  });

  it('draws one of 1 + eta uniformly and the others near the defaults while there are few results', () => {
    const all = proposals(square(), farAway(2));
    const random = all.filter(({ origin }) => origin === 'random').length / all.length;
    expect(random).toBeGreaterThan(0.18);
    expect(random).toBeLessThan(0.32);
    const prior = all.filter(({ origin }) => origin === 'prior');
    const near = prior.filter(({ configuration }) => Number(configuration['x']) < 0.6);
    expect(near.length / prior.length).toBeGreaterThan(0.9);
  });

  it('goes to the incumbent once eta results stand at one resource, and they contradict the prior', () => {
    expect(nearBest(square(), farAway(2))).toBeLessThan(0.15);
    expect(nearBest(square(), farAway(3))).toBeGreaterThan(0.35);
  });

  it('counts a trial once however many rungs it has ended, and a failed one not at all', () => {
    const climbed = [1, 3, 9].flatMap((resource) => farAway(1, resource));
    const failed = farAway(4).map((observation, index) => (index < 2 ? { ...observation, score: null } : observation));
    expect(nearBest(square(), climbed)).toBeLessThan(0.15);
    expect(nearBest(square(), failed)).toBeLessThan(0.15);
  });

  it('takes the winner of a bracket as incumbent, not the best of those left behind', () => {
    const left = Array.from({ length: 6 }, (_, index) => ({
      configuration: { x: 0.1, y: 0.1 + index / 100 },
      score: 0.5,
      resource: 1,
    }));
    const climbed = farAway(3).map((observation, index) => ({ ...observation, resource: index === 0 ? 9 : 3 }));
    expect(nearBest(square(), [...left, ...climbed])).toBeGreaterThan(0.35);
  });

  it('follows the highest resource that has enough results', () => {
    const low = Array.from({ length: 9 }, (_, index) => ({
      configuration: { x: 0.1, y: 0.1 + index / 100 },
      score: 0.99,
      resource: 1,
    }));
    expect(nearBest(square(), [...low, ...farAway(3, 3)])).toBeGreaterThan(0.35);
  });

  it('proposes nothing twice while the space holds something new, and still answers when it is exhausted', () => {
    const space = spaceOf({ a: { type: 'choice', values: [1, 2, 3, 4, 5], default: 1, confidence: 'high' } });
    const observations: Observation[] = [];
    for (let trial = 0; trial < 5; trial++) {
      const { configuration } = propose({ space, seed: 1, trial, observations });
      observations.push({ configuration, score: null, resource: 1 });
    }
    expect(new Set(observations.map(({ configuration }) => configuration['a'])).size).toBe(5);
    expect(propose({ space, seed: 1, trial: 5, observations }).configuration['a']).toBeDefined();
  });
});
