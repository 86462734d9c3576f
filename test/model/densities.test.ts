import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { MarginalDensity } from '../../src/model/marginal-density.js';
import { ProductDensity } from '../../src/model/product-density.js';
import { allConfigurations } from '../../src/space/enumerate.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import { sampleConfiguration } from '../../src/space/sample.js';
import type { Configuration, SearchSpace } from '../../src/space/types.js';

const spaceOf = (parameters: unknown): SearchSpace => searchSpaceFromPlain({ name: 'a', parameters, scheduler: {} });
const conditional = spaceOf({
  kind: { type: 'choice', values: ['sgd', 'adam', 'muon'] },
  nesterov: { type: 'choice', values: [true, false], when: { kind: 'sgd' } },
  level: { type: 'choice', values: [1, 2, 3], when: { nesterov: true } },
});
const sample: readonly Configuration[] = [
  { kind: 'sgd', nesterov: true, level: 2 },
  { kind: 'adam' },
  { kind: 'adam' },
  { kind: 'sgd', nesterov: false },
];
const numbers = spaceOf({ x: { type: 'float', low: 0, high: 1 } });

describe('the density of configurations', () => {
  it('is a distribution over a conditional space, and draws follow it', () => {
    const density = new ProductDensity(conditional, sample);
    const all = allConfigurations(conditional, 100) ?? [];
    const weights = all.map((one) => Math.exp(density.logDensity(one)));
    expect(weights.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    const random = seedrandom.alea('density');
    const drawn = Array.from({ length: 4000 }, () => JSON.stringify(density.draw(random, 1)));
    for (const [index, one] of all.entries()) {
      const part = drawn.filter((text) => text === JSON.stringify(one)).length / drawn.length;
      expect(Math.abs(part - (weights[index] ?? 0))).toBeLessThan(0.03);
    }
  });

  it('of numbers is a distribution on the unit interval', () => {
    const density = new ProductDensity(numbers, [{ x: 0.02 }, { x: 0.1 }, { x: 0.9 }]);
    const grid = Array.from({ length: 1000 }, (_, index) => Math.exp(density.logDensity({ x: (index + 0.5) / 1000 })));
    expect(grid.reduce((sum, one) => sum + one, 0) / 1000).toBeCloseTo(1, 3);
  });

  it('tells near from far with hundreds of parameters, where products leave the range of numbers', () => {
    const many = spaceOf(
      Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`p${i}`, { type: 'choice', values: [1, 2, 3, 4] }])),
    );
    const random = seedrandom.alea('many');
    const seen = Array.from({ length: 20 }, () => sampleConfiguration(many, random));
    const density = new ProductDensity(many, seen);
    const unlike = sampleConfiguration(many, random);
    expect(density.logDensity(unlike)).toBeGreaterThan(Number.NEGATIVE_INFINITY);
    expect(density.logDensity(seen[0] ?? {})).toBeGreaterThan(density.logDensity(unlike));
  });

  it('never collapses onto observations that stand at one place', () => {
    const density = new ProductDensity(
      numbers,
      Array.from({ length: 9 }, () => ({ x: 0.4 })),
    );
    expect(density.logDensity({ x: 0.5 }) - density.logDensity({ x: 0.4 })).toBeGreaterThan(-1);
  });
});

describe('the density of one parameter', () => {
  const [kind] = conditional.parameters;
  const [x] = numbers.parameters;
  if (kind?.kind !== 'choice' || x?.kind !== 'float') throw new Error('expected a choice and a number');

  it('is uniform without observations and a distribution with them', () => {
    expect(Math.exp(new MarginalDensity(kind, []).logDensity('muon'))).toBeCloseTo(1 / 3, 9);
    const density = new MarginalDensity(kind, ['sgd', 'sgd', 'adam']);
    const weights = kind.values.map((value) => Math.exp(density.logDensity(value)));
    expect(weights.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    expect(weights[0]).toBeGreaterThan(weights[1] ?? 1);
    expect(weights[1]).toBeGreaterThan(weights[2] ?? 1);
  });

  it('of a number is highest where its observations are, and never zero', () => {
    const density = new MarginalDensity(x, [0.2, 0.21, 0.22, 0.9]);
    expect(density.logDensity(0.21)).toBeGreaterThan(density.logDensity(0.9));
    expect(density.logDensity(0.9)).toBeGreaterThan(Math.log(0.2));
  });
});
