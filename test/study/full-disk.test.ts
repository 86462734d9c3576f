import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/executor/simulator.js';
import { fold } from '../../src/state/fold.js';
import { parseJournal } from '../../src/study/journal.js';
import { JournalWriter } from '../../src/study/journal-writer.js';
import { replay } from '../../src/study/log.js';
import { FaultyFile } from './faulty-file.js';
import { simulate } from './simulated.js';

const read = (file: FaultyFile) => parseJournal(Buffer.from(file.seen, 'latin1'), 'journal');

/** A study whose disk is full from one instant to another, or for good. */
function studyOnDisk(fullFrom: number, fullTo: number | null) {
  const file = new FaultyFile();
  const journal = new JournalWriter(file, 0, 'journal');
  const clock = new VirtualClock();
  const simulated = simulate({ journal, clock });
  clock.at(fullFrom, () => {
    file.isFull = true;
  });
  if (fullTo !== null) {
    clock.at(fullTo, () => {
      file.isFull = false;
    });
  }
  return { file, journal, ...simulated };
}

describe('a study whose disk fills up', () => {
  it('goes on as if nothing had happened, and its journal is whole once there is room again', async () => {
    const { file, journal, play } = studyOnDisk(100, 300);
    const state = await play();
    journal.close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
    expect(state.told.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the journal cannot be written \(ENOSPC.*: what happens is kept in memory/),
      expect.stringMatching(/^the journal is whole again/),
    ]);
    expect(state.told[0]?.at).toBeLessThan(300);
    const { events, tornBytes } = read(file);
    expect(tornBytes).toBe(0);
    expect(replay(events)).toEqual(state);
    const plain = await simulate().play();
    expect(state.trials).toEqual(plain.trials);
  });

  it('for good ends with its result all the same, and what stands in its journal can be taken up', async () => {
    const { file, journal, play } = studyOnDisk(100, null);
    const state = await play();
    journal.close();
    expect(state).toMatchObject({ finished: { exitCode: 0 }, submission: { source: 'final' } });
    expect(journal.problem).toMatch(/ENOSPC/);
    const before = replay(read(file).events);
    expect(before.finished).toBeNull();
    const resumed = fold(before, { type: 'study-resumed', at: before.at, downSeconds: 0 });
    const end = await simulate({ state: resumed, clock: new VirtualClock(before.at) }).play();
    expect(end.finished).toMatchObject({ exitCode: 0 });
  });
});
