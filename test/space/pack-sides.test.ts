import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rungFidelity } from '../../src/space/fidelity.js';
import { configurationSides, packResolutions } from '../../src/space/pack-sides.js';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import { sampleConfiguration } from '../../src/space/sample.js';
import { evaluationSide, trainingSides } from '../../src/space/sides.js';
import { streams } from './arbitrary.js';

const spaceOf = (resolution: unknown, factor = 1, more: Readonly<Record<string, unknown>> = {}) =>
  searchSpaceFromPlain({
    name: 'a',
    parameters: { fixed: 1, ...(resolution === undefined ? {} : { resolution }), ...more },
    fidelity: { resolution: factor },
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

  it.each([
    ['evaluation.scale', 1.25, [64, 80]],
    ['evaluation.scale', { type: 'choice', values: [1, 1.25] }, [64, 80]],
    ['evaluation.scale', { type: 'float', low: 1.1, high: 1.4 }, [64, 80, 96]],
    ['evaluation.scale', { type: 'constant', value: 1.25, when: { fixed: 1 } }, [64, 80]],
    ['progressive.from', 0.5, [32, 48, 64]],
    ['progressive.from', { type: 'float', low: 0.25, high: 1 }, [16, 32, 48, 64]],
  ])('%s of %j adds its sides to 64 px', (name, value, sides) => {
    expect(packResolutions(spaceOf(64, 1, { [name]: value }), 1, 32)).toEqual(sides);
  });

  it('holds whatever a continuous scale and a continuous beginning may ask for', () => {
    const ranges = {
      'evaluation.scale': { type: 'float', low: 1, high: 1.5 },
      'progressive.from': { type: 'float', low: 0.25, high: 1 },
    };
    fc.assert(
      fc.property(streams, fc.integer({ min: 8, max: 256 }), (random, resolution) => {
        const space = spaceOf(resolution, 1, ranges);
        const packed = packResolutions(space, 1, 32);
        const configuration = sampleConfiguration(space, random);
        const [scale, from] = ['evaluation.scale', 'progressive.from'].map((name) => Number(configuration[name]));
        const asked = [...trainingSides(resolution, from ?? 1), evaluationSide(resolution, scale ?? 1)];
        for (const side of asked) expect(packed).toContain(side);
        expect(new Set(configurationSides(configuration, resolution))).toEqual(new Set(asked));
      }),
    );
  });

  it('refuses to pack dozens of sizes and sides that are no whole numbers', () => {
    expect(() => packResolutions(spaceOf({ type: 'int', low: 96, high: 192 }), 1, 32)).toThrow(
      'parameters.resolution: expected at most 24 image sides, got more; try a step such as 32',
    );
    expect(() => packResolutions(spaceOf('big'), 1, 32)).toThrow('expected image sides in whole pixels, got big');
  });
});
