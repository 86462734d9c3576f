import { describe, expect, it } from 'vitest';
import { configurationKey } from '../../src/space/encode.js';
import { allConfigurations } from '../../src/space/enumerate.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';

const spaceOf = (parameters: unknown) => searchSpaceFromPlain({ name: 'a', parameters, scheduler: {} });
const small = spaceOf({
  kind: { type: 'choice', values: ['sgd', 'adam'] },
  fixed: 3,
  steps: { type: 'int', low: 1, high: 3, when: { kind: 'sgd' } },
  rate: { type: 'float', low: 0.1, high: 0.3, step: 0.1 },
});

describe('all configurations of a space', () => {
  it('hold every value of active parameters, and none of inactive ones', () => {
    const all = allConfigurations(small, 100) ?? [];
    expect(all).toHaveLength(3 * 3 + 3);
    expect(new Set(all.map(configurationKey)).size).toBe(12);
    expect(all).toContainEqual({ kind: 'adam', fixed: 3, rate: 0.3 });
    expect(all).toContainEqual({ kind: 'sgd', fixed: 3, steps: 2, rate: 0.1 });
  });

  it('are not counted beyond a limit, nor where a number is continuous', () => {
    expect(allConfigurations(small, 12)).toHaveLength(12);
    expect(allConfigurations(small, 11)).toBeNull();
    expect(allConfigurations(spaceOf({ x: { type: 'float', low: 0, high: 1 } }), 1000)).toBeNull();
    expect(allConfigurations(spaceOf({ x: { type: 'int', low: 0, high: 1e12 } }), 1000)).toBeNull();
  });

  it('of constants are one', () => {
    expect(allConfigurations(spaceOf({ a: 1, b: 'two' }), 10)).toEqual([{ a: 1, b: 'two' }]);
  });
});
