import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { openJournal, readJournal } from '../../src/study/journal.js';
import { takeLock } from '../../src/study/lock.js';

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

describe('lock', () => {
  it('refuses a second process and takes over from a dead one', () => {
    const path = join(folder, 'lock');
    const release = takeLock(path);
    expect(() => takeLock(path)).toThrow(/a study that no process works on, got process \d+/);
    release();
    // No process has this number: the largest that Linux gives out is 2^22.
    appendFileSync(path, '99999999 1\n');
    takeLock(path)();
    takeLock(path)();
  });

  it('does not take a reused process number for the old process', () => {
    const path = join(folder, 'lock');
    writeFileSync(path, `${process.pid} 1\n`);
    if (process.platform === 'linux') takeLock(path)();
    else expect(() => takeLock(path)).toThrow();
  });
});
