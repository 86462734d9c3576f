import { describe, expect, it } from 'vitest';
import { mostSlots, slotsOf } from '../../src/study/slots.js';

describe('trials at a time', () => {
  it('are one a core, or one alone where the device allows no more', () => {
    expect(slotsOf({ exclusive: false }, 4)).toBe(4);
    expect(slotsOf({ exclusive: true }, 4)).toBe(1);
  });

  it.each([
    ['native-gpu', 1],
    ['webgpu', 1],
    ['native-cpu', 4],
    ['wasm', 4],
    [undefined, 4],
  ])('are known before the engine has been started: %s, of 4 cores %i', (name, slots) => {
    expect(mostSlots(name, 4)).toBe(slots);
  });
});
