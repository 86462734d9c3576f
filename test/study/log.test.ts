import { describe, expect, it, vi } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { emptyState } from '../../src/state/fold.js';
import { replay, StudyLog } from '../../src/study/log.js';
import { finished, wholeStudy } from '../report/example-study.js';

describe('the log', () => {
  it('writes an event before anybody acts on it, and tells the state after it', () => {
    const order: string[] = [];
    const log = new StudyLog({ append: () => order.push(`written at ${log.state.at}`), close: () => undefined });
    log.subscribe((_, state) => order.push(`told at ${state.at}, ${log.state.at}`));
    log.record({ type: 'told', at: 5, message: 'm' });
    expect(order).toEqual(['written at 0', 'told at 5, 5']);
  });

  it('keeps its state and tells nobody when the event cannot be written', () => {
    const told: StudyEvent[] = [];
    const log = new StudyLog({
      append: () => {
        throw new Error('no space left');
      },
      close: () => undefined,
    });
    log.subscribe((event) => told.push(event));
    expect(() => log.record({ type: 'told', at: 5, message: 'm' })).toThrow('no space left');
    expect(log.state).toBe(emptyState);
    expect(told).toEqual([]);
  });

  it('does not write an event that cannot follow', () => {
    const written: StudyEvent[] = [];
    const log = new StudyLog({ append: (event) => written.push(event), close: () => undefined });
    expect(() => log.record(finished(3, 0, 1, 1))).toThrow(/expected a trial below 0/);
    expect(written).toEqual([]);
  });

  it('goes on when a listener fails: the event stands, and the others are told', () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const told: string[] = [];
    const log = new StudyLog({ append: () => undefined, close: () => undefined });
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
    const log = new StudyLog({ append: (...events) => written.push(events), close: () => undefined });
    log.subscribe((_, state) => told.push(state.at));
    const events: readonly StudyEvent[] = [1, 2].map((at) => ({ type: 'told', at, message: '' }));
    log.record(...events);
    expect({ written, told }).toEqual({ written: [events], told: [1, 2] });
    expect(() => log.record({ type: 'told', at: 3, message: '' }, finished(3, 0, 4, 1))).toThrow(/expected a trial/);
    expect({ count: written.length, at: log.state.at }).toEqual({ count: 1, at: 2 });
  });

  it('tells a listener nothing more once it has left', () => {
    const told: string[] = [];
    const log = new StudyLog({ append: () => undefined, close: () => undefined });
    const leave = log.subscribe(({ type }) => told.push(type));
    log.record({ type: 'told', at: 1, message: '' });
    leave();
    log.record({ type: 'told', at: 2, message: '' });
    expect(told).toEqual(['told']);
  });

  it('has the state of its events replayed', () => {
    const log = new StudyLog({ append: () => undefined, close: () => undefined });
    for (const event of wholeStudy) log.record(event);
    expect(replay(wholeStudy)).toEqual(log.state);
  });
});
