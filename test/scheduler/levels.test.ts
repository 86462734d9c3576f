import { describe, expect, it } from 'vitest';
import { levelOf, levelsOf } from '../../src/scheduler/levels.js';

const rungs = (...resources: readonly number[]) => resources.map((resource) => ({ trials: 1, resource }));

describe('levels', () => {
  it('are the resources of all brackets, ascending, those that rounding alone tells apart once', () => {
    expect(levelsOf([rungs(2, 6, 18.0001), rungs(6.00001, 18), rungs(18)])).toEqual([2, 6, 18]);
    expect(levelsOf([])).toEqual([]);
  });

  it('are found again by resources that are about theirs; what is above them belongs to the highest', () => {
    const levels = [2, 6, 18];
    expect([2, 2.001, 3, 6.05, 18, 100].map((resource) => levelOf(levels, resource))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});
