import { describe, expect, it } from 'vitest';
import { incumbentDensity, priorDensity } from '../../src/space/density.js';
import { truncatedNormal } from '../../src/space/normal.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';

const grid = Array.from({ length: 1000 }, (_, index) => (index + 0.5) / 1000);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('truncatedNormal', () => {
  it('rises with its random number from 0 to 1 and has the spread it was asked for', () => {
    const draws = grid.map((uniform) => truncatedNormal(0.5, 0.1, uniform));
    expect(draws).toEqual(draws.toSorted((a, b) => a - b));
    expect(Math.sqrt(mean(draws.map((draw) => (draw - 0.5) ** 2)))).toBeCloseTo(0.1, 2);
    expect(truncatedNormal(0, 0.1, 0)).toBe(0);
    expect(truncatedNormal(1, 0.1, 1)).toBe(1);
  });
});

describe.each([
  ['priorDensity', priorDensity],
  ['incumbentDensity', (space: Parameters<typeof priorDensity>[0]) => incumbentDensity(space, { a: 0.9, b: 2 })],
])('%s', (_, densityOf) => {
  it('is 1 on average over uniform draws and highest at its centre', () => {
    const space = searchSpaceFromPlain({
      name: 'a',
      parameters: {
        a: { type: 'float', low: 0, high: 1, default: 0.9, confidence: 'high' },
        b: { type: 'choice', values: [1, 2, 3], default: 2 },
        c: 7,
      },
    });
    const density = densityOf(space);
    const mass = mean(grid.map((a) => mean([1, 2, 3].map((b) => density({ a, b, c: 7 })))));
    expect(mass).toBeCloseTo(1, 2);
    const centre = density({ a: 0.9, b: 2, c: 7 });
    for (const [a, b] of [
      [0.5, 2],
      [0.9, 1],
    ] as const) {
      expect(density({ a, b, c: 7 })).toBeLessThan(centre);
    }
  });
});

it('a parameter without a default leaves the prior density alone', () => {
  const space = searchSpaceFromPlain({ name: 'a', parameters: { a: { type: 'float', low: 0, high: 1 } } });
  expect(priorDensity(space)({ a: 0.3 })).toBe(1);
});

it('the prior makes no less of a branch for the choices that it has', () => {
  const choice = { type: 'choice', values: [1, 2, 3, 4] };
  const space = searchSpaceFromPlain({
    name: 'a',
    parameters: {
      kind: { type: 'choice', values: ['plain', 'rich'] },
      a: { ...choice, when: { kind: 'rich' } },
      b: { ...choice, default: 2, when: { kind: 'rich' } },
    },
  });
  const density = priorDensity(space);
  const rich = [1, 2, 3, 4].flatMap((a) => [1, 2, 3, 4].map((b) => density({ kind: 'rich', a, b })));
  expect(mean(rich)).toBeCloseTo(density({ kind: 'plain' }), 12);
  expect(density({ kind: 'rich', a: 1, b: 2 })).toBeGreaterThan(density({ kind: 'plain' }));
});

it('what is inactive in an incumbent counts as under the prior, from which a mutation draws it', () => {
  const space = searchSpaceFromPlain({
    name: 'a',
    parameters: {
      kind: { type: 'choice', values: ['plain', 'rich'] },
      a: { type: 'choice', values: [1, 2, 3, 4], default: 2, when: { kind: 'rich' } },
    },
  });
  const [near, prior] = [incumbentDensity(space, { kind: 'plain' }), priorDensity(space)];
  for (const a of [1, 2]) expect(near({ kind: 'rich', a })).toBeCloseTo(0.5 * prior({ kind: 'rich', a }), 12);
});
