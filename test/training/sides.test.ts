import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../src/network/describe.js';
import { families, type NetworkDescription, stems } from '../../src/network/families.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { runSides } from '../../src/training/sides.js';

const recipe = parseRecipe({ 'evaluation.scale': 1.25, 'progressive.from': 0.5 });

describe('the sides of a run', () => {
  it('are those that the recipe asks for', () => {
    const sides = runSides(recipe, 128, [64, 96, 128, 160, 192]);
    expect(sides).toMatchObject({ full: 128, training: [64, 96, 128], evaluation: 160 });
    expect([0, 0.8, 1].map(sides.at)).toEqual([64, 96, 128]);
  });

  it('are all the full one where the recipe says nothing else', () => {
    const sides = runSides(parseRecipe({}), 128, [64, 96, 128, 160]);
    expect(sides).toMatchObject({ full: 128, training: [128], evaluation: 128 });
    expect([0, 0.8, 1].map(sides.at)).toEqual([128, 128, 128]);
  });

  it('are the nearest packed ones where others are not packed, none on the wrong side of the full one', () => {
    expect(runSides(recipe, 72, [40, 64, 72, 84, 96])).toMatchObject({ training: [40, 64, 72], evaluation: 84 });
    expect(runSides(recipe, 72, [32, 72, 128])).toMatchObject({ training: [32, 72], evaluation: 72 });
    expect(runSides(recipe, 72, [72, 200])).toMatchObject({ training: [72], evaluation: 72 });
  });

  it('above all that are packed are there, too: the images are enlarged', () => {
    expect(runSides(parseRecipe({}), 128, [96])).toMatchObject({ full: 128, training: [128], evaluation: 128 });
    expect(runSides(recipe, 128, [48])).toMatchObject({ training: [64, 96, 128], evaluation: 160 });
    expect(runSides(recipe, 128, [64, 96])).toMatchObject({ training: [64, 96, 128], evaluation: 160 });
    expect(runSides(recipe, 128, [60, 96, 128])).toMatchObject({ training: [60, 96, 128], evaluation: 160 });
  });
});

describe('a network', () => {
  const base: NetworkDescription = {
    family: 'residual',
    width: 8,
    blocks: 2,
    stages: 3,
    stem: 'small',
    resolution: 32,
    classes: 10,
  };

  const kinds = families.flatMap((family) => stems.map((stem) => [family, stem] as const));
  it.each(kinds)('of the family %s with a %s stem has the same variables at every side', (family, stem) => {
    const options = { blur: true, squeezeExcite: 4, dropout: true, dropPath: true } as const;
    const [plain, optional] = [{}, options].map((more) => {
      const [first, ...others] = [8, 28, 48, 65].map((resolution) => {
        const { programs, parameters } = describeNetwork({ ...base, ...more, family, stem, resolution });
        return { variables: programs.variables, parameters, masks: programs.masks ?? [] };
      });
      for (const other of others) expect(other).toEqual(first);
      return first;
    });
    expect(optional?.parameters).toBeGreaterThan(plain?.parameters ?? Number.NaN);
    // A plain network has no shortcuts, and so only the mask of its features.
    expect([plain?.masks.length, (optional?.masks.length ?? 0) > 1]).toEqual([0, family !== 'plain']);
  });
});
