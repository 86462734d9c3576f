import { describe, expect, it } from 'vitest';
import { saveEverySeconds } from '../../src/study/save-interval.js';

describe('the time between two saves', () => {
  it.each([
    [600, 12],
    [3600, 60],
    [9 * 3600, 60],
  ])('of a budget of %d s is within the %d s that a kill may cost, all slots together', (budget, most) => {
    for (const slots of [1, 2, 4]) expect(slots * saveEverySeconds(budget, slots)).toBeLessThan(most);
  });

  it('is never shorter than is worth the writing', () => {
    expect(saveEverySeconds(60, 1)).toBe(2);
    expect(saveEverySeconds(3600, 64)).toBe(2);
  });
});
