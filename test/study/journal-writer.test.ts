import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { openJournal, readJournal } from '../../src/study/journal.js';
import { JournalWriter } from '../../src/study/journal-writer.js';
import { type Answer, FaultyFile } from './faulty-file.js';
import { fillDisk, smallDisk } from './small-disk.js';
import { temporaryFolder } from './tiny-study.js';

const told = (at: number, message = ''): StudyEvent => ({ type: 'told', at, message });
/** An event that is forced to disk. */
const forced = (at: number): StudyEvent => ({ type: 'study-interrupted', at, reason: '' });
/** As bytes: a line may be cut within a character. */
const text = (events: readonly StudyEvent[]) =>
  Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join('')).toString('latin1');

describe('a journal whose disk fails', () => {
  it('keeps lines in memory, in order, until the disk takes them', () => {
    const file = new FaultyFile();
    const journal = new JournalWriter(file, 0, 'journal');
    journal.append(told(1));
    file.answers = ['fail', 'fail', 'fail'];
    journal.append(told(2));
    expect({ problem: journal.problem, seen: file.seen }).toEqual({
      problem: 'ENOSPC: no space left on device',
      seen: text([told(1)]),
    });
    journal.append(told(3));
    journal.retry();
    expect(file.seen).toBe(text([told(1)]));
    journal.retry();
    expect({ problem: journal.problem, seen: file.seen }).toEqual({
      problem: null,
      seen: text([told(1), told(2), told(3)]),
    });
  });

  it('cuts a half-written line back, and a line that cannot be cut back is written over', () => {
    const file = new FaultyFile();
    const journal = new JournalWriter(file, 0, 'journal');
    const half = Math.floor(text([told(1)]).length * 1.5);
    file.answers = [{ takes: half }, 'fail'];
    journal.append(told(1), told(2));
    expect(file.seen).toBe(text([told(1)]));
    // The write takes a part, the next one nothing, and the file cannot be cut.
    file.answers = [{ takes: 5 }, 'fail', 'fail'];
    journal.append(told(3));
    expect(file.seen).toBe(text([told(1)]) + text([told(2)]).slice(0, 5));
    journal.append(told(4));
    expect(file.seen).toBe(text([told(1), told(2), told(3), told(4)]));
  });

  it('hands over again what a failed fsync may have lost', () => {
    const file = new FaultyFile();
    const journal = new JournalWriter(file, 0, 'journal');
    journal.append(told(1), told(2));
    file.answers = ['ok', 'fail'];
    journal.append(forced(3));
    expect(journal.problem).toBe('EIO: i/o error');
    expect(file.onDisk).toMatch(/^\0+$/);
    expect(file.seen).toBe(text([told(1), told(2), forced(3)]));
    journal.append(told(4));
    expect(journal.problem).toBe('EIO: i/o error');
    journal.retry();
    expect(journal.problem).toBeNull();
    expect(file.onDisk).toBe(text([told(1), told(2), forced(3), told(4)]));
  });

  it('says what was lost when it is closed', () => {
    const file = new FaultyFile();
    const journal = new JournalWriter(file, 0, 'journal');
    file.answers = ['fail', 'fail'];
    journal.append(told(1));
    journal.close();
    expect(journal.problem).toBe('ENOSPC: no space left on device');
    expect(() => journal.append(told(2))).toThrow(/got a closed one/);
  });

  it('holds, whatever fails when, the first bytes of what was appended, and all of it once nothing fails any more', () => {
    const answer = fc.oneof(
      { weight: 2, arbitrary: fc.constant<Answer>('ok') },
      { weight: 2, arbitrary: fc.constant<Answer>('fail') },
      { weight: 2, arbitrary: fc.record({ takes: fc.nat(60) }) },
    );
    const step = fc.record({
      answers: fc.array(answer, { maxLength: 6 }),
      events: fc.array(fc.constantFrom('told' as const, 'forced' as const), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const file = new FaultyFile();
        const journal = new JournalWriter(file, 0, 'journal');
        const all: StudyEvent[] = [];
        for (const { answers, events } of steps) {
          file.answers = [...answers];
          const added = events.map((kind, index) =>
            kind === 'told' ? told(all.length + index, 'ü') : forced(all.length + index),
          );
          all.push(...added);
          if (added.length > 0) journal.append(...added);
          else journal.retry();
          expect(text(all).startsWith(file.seen)).toBe(true);
          if (journal.problem === null) {
            expect(file.seen).toBe(text(all));
            const lastForced = all.findLastIndex(({ type }) => type !== 'told');
            expect(file.onDisk.startsWith(text(all.slice(0, lastForced + 1)))).toBe(true);
          }
        }
        file.answers = [];
        journal.close();
        expect({ problem: journal.problem, disk: file.onDisk }).toEqual({ problem: null, disk: text(all) });
      }),
      { numRuns: 2000 },
    );
  });

  it('outlives a full file system', ({ skip }) => {
    const disk = smallDisk(temporaryFolder(), 'disk', '64k');
    if (disk === null) return skip('no file system can be mounted here');
    const path = join(disk, 'journal.jsonl');
    const journal = openJournal(path, null);
    journal.append(told(0));
    // The page that the journal has begun is its own.
    fillDisk(disk);
    const events = Array.from({ length: 200 }, (_, at) =>
      at % 10 === 9 ? forced(at + 1) : told(at + 1, 'x'.repeat(100)),
    );
    for (const event of events) journal.append(event);
    expect(journal.problem).toMatch(/ENOSPC/);
    const before = readJournal(path);
    expect(before.events.length).toBeLessThan(150);
    expect(before).toMatchObject({ tornBytes: 0, events: [told(0), ...events].slice(0, before.events.length) });
    rmSync(join(disk, 'ballast'));
    journal.retry();
    expect(journal.problem).toBeNull();
    journal.close();
    expect(readFileSync(path, 'latin1')).toBe(text([told(0), ...events]));
  });
});
