import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packResolutions, rungFidelity } from '../../src/space/fidelity.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import { sampleConfiguration } from '../../src/space/sample.js';
import { streams } from './arbitrary.js';

const spaceOf = (resolution: unknown, factor = 1) =>
  searchSpaceFromPlain({
    name: 'a',
    parameters: { fixed: 1, ...(resolution === undefined ? {} : { resolution }) },
    fidelity: { resolution: factor },
  });

describe('rungFidelity', () => {
  it('grows geometrically from the setting to the whole', () => {
    const settings = { subset: 0.25, resolution: 0.25 };
    expect([0, 1, 2].map((rung) => rungFidelity(settings, rung, 3, 128))).toEqual([
      { subset: 0.25, resolution: 32 },
      { subset: 0.5, resolution: 64 },
      { subset: 1, resolution: 128 },
    ]);
  });

  it('never shrinks up the ladder, never exceeds the configuration, ends with everything', () => {
    const factor = fc.double({ min: 0.01, max: 1, noNaN: true });
    const whole = fc.integer({ min: 4, max: 512 });
    fc.assert(
      fc.property(factor, factor, fc.integer({ min: 1, max: 8 }), whole, (subset, resolution, rungs, side) => {
        const ladder = Array.from({ length: rungs }, (_, rung) =>
          rungFidelity({ subset, resolution }, rung, rungs, side),
        );
        expect(ladder.at(-1)).toEqual({ subset: 1, resolution: side });
        for (const [index, rung] of ladder.entries()) {
          expect(rung.resolution).toBeLessThanOrEqual(side);
          expect(rung.resolution % 4 === 0 || rung.resolution === side).toBe(true);
          expect(rung.resolution).toBeGreaterThanOrEqual(Math.min(8, side));
          const before = ladder[index - 1];
          if (before !== undefined) expect(rung.subset).toBeGreaterThanOrEqual(before.subset);
          if (before !== undefined) expect(rung.resolution).toBeGreaterThanOrEqual(before.resolution);
        }
      }),
    );
  });

  it('is the whole where there is one rung only', () => {
    expect(rungFidelity({ subset: 0.1, resolution: 0.1 }, 0, 1, 64)).toEqual({ subset: 1, resolution: 64 });
  });
});

describe('packResolutions', () => {
  it.each([
    ['a constant', 28, 1, [28]],
    ['nothing declared', undefined, 1, [32]],
    ['a choice', { type: 'choice', values: [64, 32] }, 1, [32, 64]],
    ['an int with steps', { type: 'int', low: 96, high: 192, step: 32 }, 1, [96, 128, 160, 192]],
    ['a growing side', 128, 0.25, [32, 64, 128]],
    ['a condition', { type: 'constant', value: 28, when: { fixed: 1 } }, 1, [28, 32]],
  ])('%s asks for its sides, ascending', (_, resolution, factor, sides) => {
    expect(packResolutions(spaceOf(resolution, factor), 3, 32)).toEqual(sides);
  });

  it('holds whatever any rung of any configuration asks for', () => {
    fc.assert(
      fc.property(
        streams,
        fc.integer({ min: 1, max: 5 }),
        fc.double({ min: 0.2, max: 1, noNaN: true }),
        (random, rungs, factor) => {
          const space = spaceOf({ type: 'int', low: 96, high: 192, step: 32, log: true }, factor);
          const packed = packResolutions(space, rungs, 32);
          const side = Number(sampleConfiguration(space, random)['resolution']);
          for (let rung = 0; rung < rungs; rung++) {
            expect(packed).toContain(rungFidelity(space.fidelity, rung, rungs, side).resolution);
          }
        },
      ),
    );
  });

  it('refuses to pack dozens of sizes and sides that are no whole numbers', () => {
    expect(() => packResolutions(spaceOf({ type: 'int', low: 96, high: 192 }), 1, 32)).toThrow(
      'parameters.resolution: expected at most 24 image sides, got more; try a step such as 32',
    );
    expect(() => packResolutions(spaceOf('big'), 1, 32)).toThrow('expected image sides in whole pixels, got big');
  });
});
