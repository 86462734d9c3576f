import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closeStudy } from '../../src/study/close.js';
import { readJournal } from '../../src/study/journal.js';
import { replay } from '../../src/study/log.js';
import { simulate } from './simulated.js';
import { temporaryFolder, writeJournal } from './tiny-study.js';

/** A study in the search whose first submission stood, with the copy in its folder. */
async function begunStudy() {
  const folder = temporaryFolder();
  const simulated = simulate();
  await simulated.play();
  const end = simulated.events.findIndex(({ type }) => type === 'submission-written') + 1;
  const directory = writeJournal(folder, simulated.events.slice(0, end), Date.now() / 1000 - 100);
  writeFileSync(join(directory, 'submission.csv'), 'image_id,label\na,b\n');
  return { directory, target: join(folder, 'work', 'submission.csv'), journal: join(directory, 'journal.jsonl') };
}

describe('closing a study whose process is gone', () => {
  it('puts its newest submission in place and ends its journal', async () => {
    const { directory, target, journal } = await begunStudy();
    const state = closeStudy({ directory, submissionPath: target, reason: 'too late' });
    expect(readFileSync(target, 'utf8')).toBe('image_id,label\na,b\n');
    expect(state.finished).toMatchObject({ exitCode: 4, reason: 'too late' });
    expect(replay(readJournal(journal).events)).toEqual(state);
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });

  it('cuts a torn last line off', async () => {
    const { directory, journal, target } = await begunStudy();
    appendFileSync(journal, '{"type":"rung-');
    closeStudy({ directory, submissionPath: target, reason: 'too late' });
    expect(replay(readJournal(journal).events).finished).not.toBeNull();
  });

  it('leaves one that has finished as it is', async () => {
    const { directory, journal, target } = await begunStudy();
    closeStudy({ directory, submissionPath: target, reason: 'too late' });
    const before = readFileSync(journal);
    expect(closeStudy({ directory, submissionPath: null, reason: 'again' }).finished?.reason).toBe('too late');
    expect(readFileSync(journal)).toEqual(before);
  });

  it('refuses a folder without a study, and gives its lock back', () => {
    const directory = join(temporaryFolder(), 'study');
    mkdirSync(directory);
    expect(() => closeStudy({ directory, submissionPath: null, reason: 'too late' })).toThrow(
      /the journal of a study, got no such file/,
    );
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });
});
