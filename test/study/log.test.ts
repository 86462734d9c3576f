import { describe, expect, it, vi } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState } from '../../src/state/fold.js';
import { replay, StudyLog } from '../../src/study/log.js';
import { finished, wholeStudy } from '../report/example-study.js';
import { memoryJournal } from './memory-journal.js';

describe('the log', () => {
  it('writes an event before anybody acts on it, and tells the state after it', () => {
    const order: string[] = [];
    const log = new StudyLog(memoryJournal(() => order.push(`written at ${log.state.at}`)));
    log.subscribe((_, state) => order.push(`told at ${state.at}, ${log.state.at}`));
    log.record({ type: 'told', at: 5, message: 'm' });
    expect(order).toEqual(['written at 0', 'told at 5, 5']);
  });

  it('keeps its state and tells nobody when the journal takes no events', () => {
    const told: StudyEvent[] = [];
    const log = new StudyLog(
      memoryJournal(() => {
        throw new Error('a closed journal');
      }),
    );
    log.subscribe((event) => told.push(event));
    expect(() => log.record({ type: 'told', at: 5, message: 'm' })).toThrow('a closed journal');
    expect(log.state).toBe(emptyState);
    expect(told).toEqual([]);
  });

  it('does not write an event that cannot follow', () => {
    const written: StudyEvent[] = [];
    const log = new StudyLog(memoryJournal((event) => written.push(event)));
    expect(() => log.record(finished(3, 0, 1, 1))).toThrow(/expected a trial below 0/);
    expect(written).toEqual([]);
  });

  it('goes on when a listener fails: the event stands, and the others are told', () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const told: string[] = [];
    const log = new StudyLog(memoryJournal());
    log.subscribe(() => {
      throw new Error('no terminal');
    });
    log.subscribe(({ type }) => told.push(type));
    log.record({ type: 'told', at: 5, message: 'm' });
    expect({ at: log.state.at, told }).toEqual({ at: 5, told: ['told'] });
    expect(said.mock.calls).toEqual([[expect.stringContaining('no terminal')]]);
    said.mockRestore();
  });

  it('writes several events in one go or none of them, and tells them one by one', () => {
    const written: (readonly StudyEvent[])[] = [];
    const told: number[] = [];
    const log = new StudyLog(memoryJournal((...events) => written.push(events)));
    log.subscribe((_, state) => told.push(state.at));
    const events: readonly StudyEvent[] = [1, 2].map((at) => ({ type: 'told', at, message: '' }));
    log.record(...events);
    expect({ written, told }).toEqual({ written: [events], told: [1, 2] });
    expect(() => log.record({ type: 'told', at: 3, message: '' }, finished(3, 0, 4, 1))).toThrow(/expected a trial/);
    expect({ count: written.length, at: log.state.at }).toEqual({ count: 1, at: 2 });
  });

  it('tells a listener nothing more once it has left', () => {
    const told: string[] = [];
    const log = new StudyLog(memoryJournal());
    const leave = log.subscribe(({ type }) => told.push(type));
    log.record({ type: 'told', at: 1, message: '' });
    leave();
    log.record({ type: 'told', at: 2, message: '' });
    expect(told).toEqual(['told']);
  });

  it('has the state of its events replayed', () => {
    const log = new StudyLog(memoryJournal());
    for (const event of wholeStudy) log.record(event);
    expect(replay(wholeStudy)).toEqual(log.state);
  });

  it('says once when the journal fails and once when it is whole, frees space and tries again at once', () => {
    const steps: string[] = [];
    let problem: string | null = null;
    let isFull = false;
    const attempt = () => {
      problem = isFull ? 'ENOSPC' : null;
    };
    const log = new StudyLog({
      append: (...events) => {
        for (const event of events) steps.push(event.type === 'told' ? event.message.slice(0, 29) : event.type);
        attempt();
      },
      retry: () => {
        steps.push('retry');
        attempt();
      },
      get problem() {
        return problem;
      },
      close: () => undefined,
    });
    log.whenJournalFails(() => {
      steps.push('make room');
      isFull = isFull && log.state.at < 2;
    });
    const happen = (at: number) => log.record({ type: 'told', at, message: `${at}` });
    isFull = true;
    for (const at of [0, 1]) happen(at);
    isFull = false;
    log.retryJournal(1);
    isFull = true;
    happen(2);
    const [fails, whole] = ['the journal cannot be written', 'the journal is whole again: e'];
    expect(steps).toEqual([
      ...['0', fails, 'make room', 'retry', '1', 'make room', 'retry', whole],
      ...['2', fails, 'make room', 'retry', whole],
    ]);
    expect(log.state.told.map(({ message }) => message)).toContain(
      'the journal cannot be written (ENOSPC): what happens is kept in memory; a kill would lose it',
    );
  });

  it('tells that the journal is whole again no earlier than what was recorded while space was freed', () => {
    const written: StudyEvent[] = [];
    let problem: string | null = 'ENOSPC';
    const log = new StudyLog({
      ...memoryJournal((event) => written.push(event)),
      get problem() {
        return problem;
      },
    });
    log.whenJournalFails(() => {
      log.record({ type: 'told', at: 2, message: 'old checkpoints were deleted' });
      problem = null;
    });
    log.record({ type: 'told', at: 1, message: 'first' });
    expect(written.map(({ at }) => at)).toEqual([1, 1, 2, 2]);
  });

  it('frees space at once for a journal that failed before anybody could', () => {
    let asked = 0;
    let problem: string | null = 'ENOSPC';
    const log = new StudyLog({
      append: () => undefined,
      retry: () => {
        problem = asked > 0 ? null : 'ENOSPC';
      },
      get problem() {
        return problem;
      },
      close: () => undefined,
    });
    log.record({ type: 'told', at: 1, message: 'before' });
    log.whenJournalFails(() => asked++);
    expect({ asked, problem }).toEqual({ asked: 1, problem: null });
    expect(log.state.told.at(-1)?.message).toMatch(/whole again/);
    log.retryJournal(2);
    expect(asked).toBe(1);
  });

  it('does not chase a disk that takes every other line', () => {
    let turn = 0;
    let lines = 0;
    const log = new StudyLog({
      append: () => {
        turn++;
        lines++;
      },
      retry: () => {
        turn++;
      },
      get problem() {
        return turn % 2 === 1 ? 'EIO' : null;
      },
      close: () => undefined,
    });
    for (let at = 0; at < 10; at++) log.record({ type: 'told', at, message: '' });
    expect(lines).toBeLessThanOrEqual(30);
  });
});
