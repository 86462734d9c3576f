// Writes the JSON schemas of the file formats, which editors use; run it after a build. `--check` only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { bestJsonSchema } from '../dist/report/best.js';
import { searchSpaceJsonSchema } from '../dist/space/schema.js';
import { recipeParameters } from '../dist/training/recipe.js';

const schemas = { 'search-space': searchSpaceJsonSchema(recipeParameters), best: bestJsonSchema() };
let stale = false;
for (const [name, schema] of Object.entries(schemas)) {
  const path = new URL(`../schemas/${name}.schema.json`, import.meta.url);
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  stale = true;
  console.error(
    `${name}.schema.json ${process.argv.includes('--check') ? 'is out of date: node scripts/schemas.js' : 'written'}`,
  );
}
if (stale && process.argv.includes('--check')) process.exitCode = 1;
