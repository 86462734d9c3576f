import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { openJournal, readJournal } from '../../src/study/journal.js';
import { finished, wholeStudy } from '../report/example-study.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperbudget-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const told = (at: number, message: string): StudyEvent => ({ type: 'told', at, message });

describe('journal', () => {
  it('gives back what was appended', () => {
    const path = join(folder, 'journal.jsonl');
    const journal = openJournal(path, null);
    const events = [told(1, 'a'), told(2, 'ü\n"')];
    for (const event of events) journal.append(event);
    journal.close();
    expect(readJournal(path)).toMatchObject({ events, tornBytes: 0 });
  });

  it('leaves out a last line that was torn at any byte, and appends behind the whole ones', () => {
    const path = join(folder, 'journal.jsonl');
    const first = `${JSON.stringify(told(1, 'first'))}\n`;
    const second = `${JSON.stringify(told(2, 'zweite für alle'))}\n`;
    for (let cut = 1; cut < Buffer.byteLength(second); cut++) {
      writeFileSync(path, Buffer.concat([Buffer.from(first), Buffer.from(second).subarray(0, cut)]));
      const { events, bytes, tornBytes } = readJournal(path);
      expect(events).toEqual([told(1, 'first')]);
      expect(tornBytes).toBe(cut);
      const journal = openJournal(path, bytes);
      journal.append(told(3, 'third'));
      journal.close();
      expect(readJournal(path).events).toEqual([told(1, 'first'), told(3, 'third')]);
    }
  });

  it('names file and line of a line in the middle that is no event', () => {
    const path = join(folder, 'journal.jsonl');
    writeFileSync(path, `${JSON.stringify(told(1, 'a'))}\n{"type":"nonsense"}\n${JSON.stringify(told(2, 'b'))}\n`);
    expect(() => readJournal(path)).toThrow(/journal\.jsonl:2:1: expected an event/);
  });

  it.each([
    ['model', { ...finished(0, 0, 37, 0.8), model: '../../outside' }],
    ['path', { type: 'final-checkpoint', at: 1, path: '/etc/passwd', fraction: 0.5 }],
    ['path', { type: 'final-checkpoint', at: 1, path: 'final/../../x', fraction: 0.5 }],
    ['path', { type: 'final-checkpoint', at: 1, path: 'a\0b', fraction: 0.5 }],
    ['path', { type: 'final-predicted', at: 1, path: '../predictions.csv' }],
    ['predictions', { ...wholeStudy.find(({ type }) => type === 'final-finished'), predictions: '..' }],
    ['submissionPath', { ...wholeStudy[0], submissionPath: '/etc/passwd' }],
    ['submissionPath', { ...wholeStudy[0], submissionPath: 'submission.csv' }],
  ])('is refused, with its line, for a %s that would lead out of the study', (key, event) => {
    const path = join(folder, 'journal.jsonl');
    writeFileSync(path, `${JSON.stringify(told(1, 'a'))}\n${JSON.stringify(event)}\n`);
    expect(() => readJournal(path)).toThrow(
      new RegExp(`journal\\.jsonl:2:1: expected an event of a study, got ${key} `),
    );
  });

  it.each([
    ['startedAtEpochSeconds', { ...wholeStudy[0], startedAtEpochSeconds: 1e300 }],
    ['slots', { ...wholeStudy.find(({ type }) => type === 'engine-chosen'), slots: 1e15 }],
    ['score', { ...finished(0, 0, 37, 0.8), score: 3 }],
    ['at', { ...told(1, 'a'), at: 1e300 }],
  ])('is refused for a %s with which nothing could go on', (key, event) => {
    const path = join(folder, 'journal.jsonl');
    writeFileSync(path, `${JSON.stringify(event)}\n`);
    expect(() => readJournal(path)).toThrow(
      new RegExp(`journal\\.jsonl:1:1: expected an event of a study, got ${key} `),
    );
  });

  it('leaves out a last line of rubbish, but not one that another version wrote', () => {
    const path = join(folder, 'journal.jsonl');
    const first = `${JSON.stringify(told(1, 'a'))}\n`;
    writeFileSync(path, `${first}\0\0\0\n`);
    expect(readJournal(path)).toMatchObject({ events: [told(1, 'a')], tornBytes: 4 });
    writeFileSync(path, `${first}{"type":"study-finished","at":9,"exitCode":0,"reason":"r","new":1}\n`);
    expect(() => readJournal(path)).toThrow(/journal\.jsonl:2:1: expected an event/);
  });

  it('refuses more once it is closed, and can be closed twice', () => {
    const path = join(folder, 'journal.jsonl');
    const journal = openJournal(path, null);
    journal.append(told(1, 'a'));
    journal.close();
    journal.close();
    expect(() => journal.append(told(2, 'b'))).toThrow(/expected an open journal, got a closed one/);
    expect(readJournal(path).events).toEqual([told(1, 'a')]);
  });

  it('says where a study is to be looked for when there is none', () => {
    expect(() => readJournal(join(folder, 'none'))).toThrow(/no such file; try .*results\/NAME/);
  });

  it('stands on disk line by line, before it is closed', () => {
    const path = join(folder, 'journal.jsonl');
    const journal = openJournal(path, null);
    journal.append(told(1, 'a'));
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(told(1, 'a'))}\n`);
    journal.close();
  });
});
