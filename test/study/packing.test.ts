import { describe, expect, it } from 'vitest';
import { resolutionsToPack } from '../../src/study/packing.js';
import { tinySpace } from './simulated.js';

describe('the sides to pack', () => {
  it('are the default where the space names none, and those of given configurations', () => {
    expect(resolutionsToPack(tinySpace, [])).toEqual([32]);
    expect(resolutionsToPack(tinySpace, [{ resolution: 48 }, { resolution: 16 }, {}])).toEqual([16, 32, 48]);
  });

  it('hold every step of a growing resolution', () => {
    const growing = { ...tinySpace, fidelity: { ...tinySpace.fidelity, resolution: 0.5 } };
    const sides = resolutionsToPack(growing, []);
    expect([sides.at(0), sides.at(-1)]).toEqual([16, 32]);
    expect(sides.length).toBeGreaterThan(2);
  });
});
