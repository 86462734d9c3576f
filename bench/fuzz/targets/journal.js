import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { exportCsv, exportJson } from '../../../dist/report/export.js';
import { readBest } from '../../../dist/report/read-best.js';
import { summarise } from '../../../dist/report/summary.js';
import { searchSpaceFromPlain } from '../../../dist/space/plain.js';
import { studyEvent } from '../../../dist/state/events.js';
import { assignmentOf } from '../../../dist/study/assignment.js';
import { nextAction } from '../../../dist/study/decide.js';
import { readStudy } from '../../../dist/study/open.js';
import { restoreSubmission } from '../../../dist/study/place.js';
import { exampleEvents } from '../example-study.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

/** A study's journal, by line, by field and by byte; what is read must be safe to go on with. */
export const target = {
  setup(folder) {
    const work = join(folder, 'work');
    return { work, events: exampleEvents(studyEvent, join(work, 'submission.csv')) };
  },
  generate(random, { events }) {
    let changed = random.chance(0.5) ? events.slice(0, 1 + random.below(events.length)) : [...events];
    const form = random.unit();
    if (form < 0.65) {
      const paths = [
        '../../outside.csv',
        '/etc/passwd',
        '../users/submission.csv',
        'final/../../outside.csv',
        'a\0b',
        '',
        '.',
        'C:\\x',
        '//x',
      ];
      for (let change = random.size(4); change >= 0; change--) {
        const at = random.below(changed.length);
        const event = changed[at];
        // An earlier change may have left what is no event.
        const named = Object.keys(Object(event)).filter((key) =>
          ['model', 'path', 'predictions', 'submissionPath', 'log'].includes(key),
        );
        changed[at] =
          named.length > 0 && random.chance(0.5)
            ? { ...event, [random.pick(named)]: random.pick(paths) }
            : mutate.plain(random, event, 1);
      }
    } else if (form < 0.8) {
      for (let change = random.size(6); change > 0; change--) {
        const at = random.below(changed.length);
        if (random.chance(0.5)) changed.splice(at, 1);
        else changed.splice(random.below(changed.length + 1), 0, changed[at]);
        if (changed.length === 0) changed = [events[0]];
      }
    }
    const text = changed.map((event) => `${JSON.stringify(event)}\n`).join('');
    return { text: form >= 0.8 ? mutate.text(random, text) : text };
  },
  run({ text }, { folder, work }) {
    const directory = join(folder, 'results', 'study');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(directory, 'final'), { recursive: true });
    mkdirSync(work, { recursive: true });
    writeFileSync(join(folder, 'outside.csv'), 'untouched');
    writeFileSync(join(directory, 'submission.csv'), 'image_id,label\na,1\n');
    writeFileSync(join(directory, 'journal.jsonl'), text);
    const state = readStudy(directory);
    const inside = (path, what) => {
      if (path === null || path === undefined) return;
      const full = resolve(join(directory, path));
      require(!isAbsolute(path) && full.startsWith(directory + sep), 'a path outside', `${what} ${path}`);
    };
    for (const trial of state.trials) for (const record of trial.rungs) inside(record.result?.model, 'model');
    inside(state.final.result?.model, 'model');
    inside(state.final.result?.predictions, 'predictions');
    inside(state.final.predictions, 'predictions');
    for (const { path } of state.final.checkpoints ?? []) inside(path, 'checkpoint');
    const target = state.created?.submissionPath;
    require(target === undefined ||
      target === null ||
      (isAbsolute(target) && target.endsWith(`${sep}submission.csv`)), 'a path outside', `submission ${target}`);
    // In a place that is not there it cannot be put; the journal names one.
    if (target?.startsWith(work)) restoreSubmission(directory, state);
    require(readFileSync(join(folder, 'outside.csv'), 'utf8') === 'untouched', 'a file changed outside', 'outside.csv');
    const best = exportJson(state, 10);
    exportCsv(state, 10);
    require(summarise(state, []).length < 100_000, 'a summary without end', '');
    const file = join(folder, 'best.json');
    writeFileSync(file, best);
    readBest(file);
    if (state.space === null) return;
    const space = searchSpaceFromPlain(state.space.space);
    for (const now of [state.at, state.at + 1]) {
      const action = nextAction(state, space, now);
      if (action?.type === 'start-rung' || action?.type === 'start-final')
        assignmentOf(action, state, space, directory, now);
    }
    require(existsSync(directory), 'a folder gone', directory);
  },
};
