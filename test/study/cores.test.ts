import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseCpuQuota, usableCores } from '../../src/study/cores.js';

describe("a container's share of the processors", () => {
  it.each([
    ['200000 100000\n', 2],
    ['150000 100000', 1],
    ['20000 100000', 1],
    ['max 100000', Number.POSITIVE_INFINITY],
    ['', Number.POSITIVE_INFINITY],
  ])('%j is %d whole processors', (text, processors) => {
    expect(parseCpuQuota(text)).toBe(processors);
  });
});

describe('the cores that may be used', () => {
  it('are no more than this process may run on, however many the user asks for', () => {
    expect(usableCores({ HYPERBUDGET_THREADS: '100000' })).toBe(usableCores({}));
    expect(usableCores({})).toBeLessThanOrEqual(availableParallelism());
    expect(usableCores({ HYPERBUDGET_THREADS: '' })).toBe(usableCores({}));
  });

  it('are fewer where the user says so', () => {
    expect(usableCores({ HYPERBUDGET_THREADS: '1' })).toBe(1);
  });

  it.each(['0', '-1', '1.5', 'all'])('are not %j', (text) => {
    expect(() => usableCores({ HYPERBUDGET_THREADS: text })).toThrow(
      `HYPERBUDGET_THREADS: expected a whole number of at least 1, got ${text}; try leaving it unset`,
    );
  });
});
