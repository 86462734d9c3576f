import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJson } from '../../../dist/report/export.js';
import { readBest } from '../../../dist/report/read-best.js';
import { searchSpaceFromPlain } from '../../../dist/space/plain.js';
import { studyEvent } from '../../../dist/state/events.js';
import { replay } from '../../../dist/study/log.js';
import { parseRecipe } from '../../../dist/training/recipe.js';
import { exampleEvents } from '../example-study.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

/** best.json as `final --config` reads it. */
export const target = {
  setup: () => ({ text: exportJson(replay(exampleEvents(studyEvent, '/submission.csv')), 10) }),
  generate(random, { text }) {
    const form = random.unit();
    if (form < 0.5) return { text: JSON.stringify(mutate.plain(random, JSON.parse(text)), null, random.pick([0, 2])) };
    if (form < 0.98) return { text: mutate.text(random, text) };
    const depth = random.size(1_000_000);
    return {
      text: random.pick([
        `${'['.repeat(depth)}${']'.repeat(depth)}`,
        `{"version":1,"space":{"plain":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}}`,
        `{"version":2${',"a":1'.repeat(depth)}}`,
      ]),
    };
  },
  run({ text }, { folder }) {
    const file = join(folder, 'best.json');
    writeFileSync(file, text);
    const best = readBest(file);
    const [first] = best.configurations;
    if (!first || !best.space) return;
    parseRecipe(first.configuration);
    searchSpaceFromPlain(best.space.plain, file);
    require(Object.getPrototypeOf(first.configuration) === Object.prototype, 'another prototype', 'configuration');
  },
};
