import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { searchSpaceFromPlain, searchSpaceToPlain, spaceHash } from '../../src/space/plain.js';
import { searchSpaces } from './arbitrary.js';

describe('searchSpaceToPlain', () => {
  it('survives a journal: written as JSON and read back, every space is the same and has the same hash', () => {
    fc.assert(
      fc.property(searchSpaces, (space) => {
        const back = searchSpaceFromPlain(JSON.parse(JSON.stringify(searchSpaceToPlain(space))));
        expect(back).toEqual(space);
        expect(spaceHash(back)).toBe(spaceHash(space));
      }),
    );
  });

  it('keeps every setting of the blocks', () => {
    const plain = {
      name: 'all',
      parameters: { a: { type: 'constant', value: true, when: {} } },
      scheduler: {
        kind: 'successive-halving',
        sampler: 'random',
        eta: 4,
        unit: 'seconds',
        min: 100,
        max: 6400,
        anneal: 'restart',
        cooldown: 0.5,
      },
      fidelity: { subset: 0.25, resample: true, classes: 0.5, resolution: 0.5 },
      budget: { searchShare: 0.4, minSearchShare: 0.2, maxSearchShare: 0.7, reserve: 12.5 },
      final: { useValidation: false, checkLearningRate: true, views: 6 },
    };
    expect(searchSpaceToPlain(searchSpaceFromPlain(plain))).toEqual(plain);
    const inEpochs = {
      ...plain,
      fidelity: { subset: 1, resolution: 1 },
      final: { useValidation: true, maxEpochs: 50 },
    };
    const scheduler = { ...plain.scheduler, unit: 'epochs' };
    const counted = { ...inEpochs, scheduler };
    expect(searchSpaceToPlain(searchSpaceFromPlain(counted))).toEqual(counted);
    expect(() => searchSpaceFromPlain(inEpochs)).toThrow(/final\.maxEpochs: expected scheduler.unit: epochs beside it/);
  });
});

describe('searchSpaceFromPlain', () => {
  it('names the path of what is wrong', () => {
    expect(() =>
      searchSpaceFromPlain({ name: 'a', parameters: { b: { type: 'int', low: 2, high: 1 } } }, 'journal'),
    ).toThrow('journal parameters.b.low: expected a number of at most high (1), got 2; try low: 1, high: 2');
    const growing = { name: 'a', parameters: { b: 1 }, scheduler: { unit: 'epochs' }, fidelity: { subset: 0.5 } };
    expect(() => searchSpaceFromPlain(growing, 'journal')).toThrow(
      'journal fidelity.subset: expected 1 while rungs are counted in epochs, got 0.5; try scheduler.unit: seconds',
    );
    expect(() => searchSpaceFromPlain(null)).toThrow('search space: expected a map, got nothing');
  });
});

describe('spaceHash', () => {
  const space = (parameters: unknown) => searchSpaceFromPlain({ name: 'a', parameters });

  it('is 16 hexadecimal digits that do not change between versions', () => {
    const scheduler = { kind: 'hyperband', sampler: 'prior' };
    expect(spaceHash(searchSpaceFromPlain({ name: 'a', parameters: { a: 1 }, scheduler }))).toBe('ada6091da12ba43c');
  });

  it('differs when a bound, or the order of the parameters that sampling follows, does', () => {
    const hashes = [
      { a: { type: 'int', low: 1, high: 2 }, b: 1 },
      { a: { type: 'int', low: 1, high: 3 }, b: 1 },
      { b: 1, a: { type: 'int', low: 1, high: 2 } },
    ].map((parameters) => spaceHash(space(parameters)));
    expect(new Set(hashes).size).toBe(3);
  });
});
