import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { configurationKey, distance, encode } from '../../src/space/encode.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import {
  defaultConfiguration,
  isActive,
  mutate,
  priorConfiguration,
  sampleConfiguration,
} from '../../src/space/sample.js';
import type { Configuration, SearchSpace } from '../../src/space/types.js';
import { fromUnit, isOnGrid, toUnit } from '../../src/space/unit.js';
import { searchSpaces, streams } from './arbitrary.js';

const spaceOf = (parameters: unknown): SearchSpace => searchSpaceFromPlain({ name: 'a', parameters });

function expectLegal(space: SearchSpace, configuration: Configuration): void {
  const active = space.parameters.filter((parameter) => isActive(parameter, configuration));
  expect(Object.keys(configuration)).toEqual(active.map(({ name }) => name));
  for (const parameter of active) {
    const value = configuration[parameter.name];
    if (parameter.kind === 'constant') expect(value).toBe(parameter.value);
    else if (parameter.kind === 'choice') expect(parameter.values).toContain(value);
    else expect(isOnGrid(parameter, value as number)).toBe(true);
    if (parameter.kind === 'int') expect(Number.isInteger(value)).toBe(true);
  }
}

function drawn(space: SearchSpace, name: string, count: number, draw = sampleConfiguration): number[] {
  const random = seedrandom.alea('sample');
  return Array.from({ length: count }, () => Number(draw(space, random)[name]));
}

const part = (values: readonly number[], test: (value: number) => boolean): number =>
  values.filter(test).length / values.length;

describe('every way to draw a configuration', () => {
  it('gives exactly the active parameters, in order, within their ranges and on their steps', () => {
    fc.assert(
      fc.property(searchSpaces, streams, (space, random) => {
        const uniform = sampleConfiguration(space, random);
        for (const configuration of [
          defaultConfiguration(space),
          uniform,
          priorConfiguration(space, random),
          mutate(space, uniform, random),
        ]) {
          expectLegal(space, configuration);
        }
      }),
    );
  });

  it('is decided by the stream alone', () => {
    fc.assert(
      fc.property(searchSpaces, fc.integer(), (space, seed) => {
        const draw = () => {
          const random = seedrandom.alea(String(seed));
          const first = sampleConfiguration(space, random);
          return [first, priorConfiguration(space, random), mutate(space, first, random)];
        };
        expect(draw()).toEqual(draw());
      }),
    );
  });
});

describe('the unit interval of a number', () => {
  it('gives a value back: decoding an encoded value changes nothing', () => {
    fc.assert(
      fc.property(searchSpaces, streams, (space, random) => {
        const configuration = sampleConfiguration(space, random);
        for (const parameter of space.parameters) {
          const value = configuration[parameter.name];
          if (parameter.kind === 'choice' || parameter.kind === 'constant' || typeof value !== 'number') continue;
          expect(toUnit(parameter, value)).toBeGreaterThanOrEqual(0);
          expect(toUnit(parameter, value)).toBeLessThanOrEqual(1);
          expect(fromUnit(parameter, toUnit(parameter, value))).toBeCloseTo(value, 9);
        }
      }),
    );
  });

  it('puts no trailing digits of binary arithmetic into stepped values', () => {
    const space = spaceOf({ a: { type: 'float', low: 0.1, high: 0.5, step: 0.1 } });
    expect([...new Set(drawn(space, 'a', 200))].sort()).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  });
});

describe('sampleConfiguration', () => {
  it('draws each step of a linear int equally often', () => {
    const values = drawn(spaceOf({ a: { type: 'int', low: 1, high: 4 } }), 'a', 4000);
    for (const value of [1, 2, 3, 4]) expect(part(values, (one) => one === value)).toBeCloseTo(0.25, 1);
  });

  it('draws as often from each decade of a log parameter', () => {
    const values = drawn(spaceOf({ a: { type: 'float', low: 0.001, high: 1, log: true } }), 'a', 4000);
    expect(part(values, (value) => value < 0.01)).toBeCloseTo(1 / 3, 1);
    expect(part(values, (value) => value > 0.1)).toBeCloseTo(1 / 3, 1);
  });

  it('draws small values of a log int more often, both ends among them', () => {
    const values = drawn(spaceOf({ a: { type: 'int', low: 8, high: 32, step: 4, log: true } }), 'a', 4000);
    expect(part(values, (value) => value === 8)).toBeGreaterThan(part(values, (value) => value === 28));
    expect(new Set(values)).toEqual(new Set([8, 12, 16, 20, 24, 28, 32]));
  });
});

describe('defaultConfiguration', () => {
  it('takes the default, else the middle (geometric when log), else the first choice, and leaves inactive ones out', () => {
    const space = spaceOf({
      given: { type: 'float', low: 0, high: 1, default: 0.3 },
      middle: { type: 'float', low: 2, high: 4 },
      geometric: { type: 'float', low: 0.01, high: 1, log: true },
      first: { type: 'choice', values: ['x', 'y'] },
      fixed: 5,
      off: { type: 'int', low: 1, high: 2, when: { first: 'y' } },
    });
    const { geometric, ...rest } = defaultConfiguration(space);
    expect(rest).toEqual({ given: 0.3, middle: 3, first: 'x', fixed: 5 });
    expect(geometric).toBeCloseTo(0.1);
  });
});

describe('priorConfiguration', () => {
  const spread = (confidence: string): number => {
    const space = spaceOf({ a: { type: 'float', low: 0, high: 1, default: 0.5, confidence } });
    const values = drawn(space, 'a', 4000, priorConfiguration);
    return Math.sqrt(values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / values.length);
  };

  it('stays nearer to a default of high confidence than to one of low confidence', () => {
    expect(spread('high')).toBeCloseTo(0.125, 1.5);
    expect(spread('medium')).toBeGreaterThan(1.5 * spread('high'));
    expect(spread('low')).toBeGreaterThan(1.15 * spread('medium'));
  });

  it('keeps the default of a choice the more often the higher the confidence, and still tries the others', () => {
    const kept = ['low', 'medium', 'high'].map((confidence) => {
      const space = spaceOf({ a: { type: 'choice', values: [1, 2, 3, 4], default: 3, confidence } });
      const values = drawn(space, 'a', 4000, priorConfiguration);
      expect(new Set(values).size).toBe(4);
      return part(values, (value) => value === 3);
    });
    // keep + (1 - keep) / 4
    for (const [index, expected] of [0.4375, 0.625, 0.8125].entries()) expect(kept[index]).toBeCloseTo(expected, 1);
  });

  it('draws a parameter without a default uniformly', () => {
    const values = drawn(spaceOf({ a: { type: 'float', low: 0, high: 1 } }), 'a', 4000, priorConfiguration);
    expect(part(values, (value) => value < 0.25)).toBeCloseTo(0.25, 1);
  });
});

describe('mutate', () => {
  it('always changes a choice that mutates, and something where there is only one free parameter', () => {
    const space = spaceOf({ fixed: 1, a: { type: 'choice', values: [1, 2, 3], default: 1 } });
    const random = seedrandom.alea('mutate');
    for (let draw = 0; draw < 50; draw++) expect(mutate(space, { fixed: 1, a: 1 }, random)['a']).not.toBe(1);
  });

  it('changes about half of the parameters', () => {
    const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
    const space = spaceOf(Object.fromEntries(names.map((name) => [name, { type: 'float', low: 0, high: 1 }])));
    const centre = defaultConfiguration(space);
    const random = seedrandom.alea('mutate');
    const changed = Array.from({ length: 200 }, () => mutate(space, centre, random)).flatMap((configuration) =>
      names.filter((name) => configuration[name] !== centre[name]),
    );
    expect(changed.length / 2000).toBeCloseTo(0.5, 1);
  });

  it('leaves choices alone the more the nearer it stays, numbers as often as ever', () => {
    const number = { type: 'float', low: 0, high: 1 };
    const choice = { type: 'choice', values: ['a', 'b', 'c'] };
    const space = spaceOf({ x: number, y: number, p: choice, q: choice, r: choice, s: choice });
    const centre = defaultConfiguration(space);
    const random = seedrandom.alea('near');
    const changed = (spread: number, names: readonly string[]) => {
      const near = Array.from({ length: 400 }, () => mutate(space, centre, random, spread));
      const differing = near.flatMap((one) => names.filter((name) => one[name] !== centre[name]));
      return differing.length / near.length / names.length;
    };
    expect(changed(0.25, ['p', 'q', 'r', 's'])).toBeCloseTo(0.5, 1);
    expect(changed(0.05, ['p', 'q', 'r', 's'])).toBeLessThan(0.2);
    expect(changed(0.01, ['p', 'q', 'r', 's'])).toBeLessThan(0.1);
    expect(changed(0.01, ['x', 'y'])).toBeGreaterThan(0.4);
  });

  it('adds what becomes active and drops what becomes inactive', () => {
    const space = spaceOf({
      kind: { type: 'choice', values: ['a', 'b'] },
      onlyA: { type: 'int', low: 1, high: 2, when: { kind: 'a' } },
      onlyB: { type: 'int', low: 3, high: 4, when: { kind: 'b' } },
    });
    const random = seedrandom.alea('mutate');
    const seen = new Set<string>();
    for (let draw = 0; draw < 40; draw++) {
      const mutated = mutate(space, { kind: 'a', onlyA: 1 }, random);
      expectLegal(space, mutated);
      seen.add(String(mutated['kind']));
    }
    expect(seen).toEqual(new Set(['a', 'b']));
  });
});

describe('encode', () => {
  it('has the same length for all configurations and stays in [0, 1] but for −1 where inactive', () => {
    fc.assert(
      fc.property(searchSpaces, streams, (space, random) => {
        const [a, b] = [sampleConfiguration(space, random), sampleConfiguration(space, random)];
        expect(encode(space, a)).toHaveLength(encode(space, b).length);
        for (const coordinate of encode(space, a))
          expect(coordinate === -1 || (coordinate >= 0 && coordinate <= 1)).toBe(true);
      }),
    );
  });

  it('writes numbers on their scale, choices one-hot and inactive parameters as −1', () => {
    const space = spaceOf({
      a: { type: 'float', low: 0.01, high: 1, log: true },
      b: { type: 'choice', values: ['x', 'y', 'z'] },
      c: 1,
      d: { type: 'choice', values: [1, 2], when: { b: 'x' } },
    });
    const [a, ...rest] = encode(space, { a: 0.1, b: 'y', c: 1 });
    expect(a).toBeCloseTo(0.5);
    expect(rest).toEqual([0, 1, 0, -1, -1]);
  });
});

describe('distance', () => {
  it('is a metric in [0, 1]', () => {
    fc.assert(
      fc.property(searchSpaces, streams, (space, random) => {
        const draw = () => sampleConfiguration(space, random);
        const [a, b, c] = [draw(), draw(), draw()];
        expect(distance(space, a, a)).toBe(0);
        expect(distance(space, a, b)).toBe(distance(space, b, a));
        expect(distance(space, a, b)).toBeLessThanOrEqual(1);
        expect(distance(space, a, c)).toBeLessThanOrEqual(distance(space, a, b) + distance(space, b, c) + 1e-9);
        if (distance(space, a, b) === 0) expect(configurationKey(a)).toBe(configurationKey(b));
      }),
    );
  });
});

describe('configurationKey', () => {
  it('does not depend on the order of the parameters and tells 1 from "1"', () => {
    expect(configurationKey({ a: 1, b: 2 })).toBe(configurationKey({ b: 2, a: 1 }));
    expect(configurationKey({ a: 1 })).not.toBe(configurationKey({ a: '1' }));
  });
});
