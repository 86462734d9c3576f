import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packResolutions } from '../../src/space/pack-sides.js';
import { parseSearchSpace } from '../../src/space/parse.js';
import { defaultConfiguration, sampleConfiguration } from '../../src/space/sample.js';
import { searchSpaceJsonSchema } from '../../src/space/schema.js';
import { parseRecipe, recipeParameters, recipeSchema } from '../../src/training/recipe.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const trainer = { knownParameters: recipeParameters, valueSchemas: recipeSchema.shape };

describe('the committed JSON schema', () => {
  it('is the one generated from the source; node scripts/schemas.js writes it', () => {
    expect(JSON.parse(read('schemas/search-space.schema.json'))).toEqual(searchSpaceJsonSchema(recipeParameters));
  });

  it('completes the names of all parameters and refuses others', () => {
    const schema = JSON.stringify(searchSpaceJsonSchema(['network.width']));
    expect(schema).toContain('"network.width"');
    const parameters = JSON.parse(schema).properties.parameters;
    expect(Object.keys(parameters.properties)).toEqual(['network.width']);
    expect(parameters.additionalProperties).toBe(false);
  });

  it('describes every block and every setting, for editors to show', () => {
    const check = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { properties } = node as { properties?: Readonly<Record<string, object>> };
      for (const [name, setting] of Object.entries(properties ?? {})) {
        if (name !== 'type' && !('$ref' in setting)) expect(setting, name).toHaveProperty('description');
      }
      Object.values(node).forEach(check);
    };
    check(searchSpaceJsonSchema(recipeParameters));
  });
});

describe.each(readdirSync(new URL('../../search-spaces', import.meta.url)))('search-spaces/%s', (file) => {
  const text = read(`search-spaces/${file}`);
  const space = parseSearchSpace(text, file, trainer);

  it('points editors to the schema and holds only values that the built-in trainer takes', () => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/search-space\.schema\.json\n/);
    parseRecipe(defaultConfiguration(space));
    let state = 0;
    const random = (): number => {
      state = (state + 0.618034) % 1;
      return state;
    };
    for (let draw = 0; draw < 100; draw++) parseRecipe(sampleConfiguration(space, random));
  });

  it('packs at most 8 image sides', () => {
    expect(packResolutions(space, 5, 32).length).toBeLessThanOrEqual(8);
  });
});

describe('docs/search-spaces.md', () => {
  const text = read('docs/search-spaces.md');

  it('shows an example that is accepted as it stands', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    expect(parseSearchSpace(example, 'docs', trainer).parameters).not.toEqual([]);
  });

  it('lists every parameter of the built-in trainer with its default', () => {
    const rows = [...text.matchAll(/^\| `([^`]+)` \|.*\| ([^|]+) \|$/gm)].map(([, name, preset]) => [
      name,
      preset?.trim(),
    ]);
    const listed = rows.filter(([name]) => recipeParameters.includes(name ?? ''));
    const known = Object.entries(parseRecipe({})).map(([name, preset]) => [name, String(preset)]);
    expect(listed.sort()).toEqual(known.sort());
  });
});
