import { expect, test } from 'vitest';
import { timeLedger } from '../../src/report/ledger.js';
import type { StudyEvent } from '../../src/state/events.js';
import { preparation, stateOf, wholeStudy } from './example-study.js';

const ledgerOf = (events: Parameters<typeof stateOf>[0]): Record<string, number> =>
  Object.fromEntries(timeLedger(stateOf(events)).map(({ name, seconds }) => [name, seconds]));

test('each part of a whole study has its seconds, those of parallel trials divided by the slots', () => {
  expect(ledgerOf(wholeStudy)).toEqual({
    'packing the data': 20,
    'starting, engine and planning': 5,
    'search: training': (10 + 10 + 30 + 30) / 2,
    'search: evaluation': 4 / 2,
    'search: failed rungs': 4 / 2,
    'search: starting, loading and waiting': 55 - 40 - 2 - 2,
    'between search and final run': 2,
    'final run: training': 262,
    'final run: evaluation': 4,
    'final run: inference': 3,
    'final run: starting and checkpoints': 4,
    'writing and exit': 2,
  });
});

test('the parts add up to the elapsed time wherever the journal ends, and none is negative', () => {
  for (let length = 0; length <= wholeStudy.length; length++) {
    const state = stateOf(wholeStudy.slice(0, length));
    const entries = timeLedger(state);
    expect(entries.every(({ seconds }) => seconds > 0)).toBe(true);
    expect(entries.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(state.at, 9);
  }
});

test('a packing time measured longer than the clock allows still adds up', () => {
  const tooLong = preparation.map((event) => (event.type === 'data-packed' ? { ...event, seconds: 30 } : event));
  expect(ledgerOf(tooLong)).toEqual({ 'packing the data': 21 });
});

test('a final run that failed keeps its time', () => {
  const events = wholeStudy.filter(({ type }) => type !== 'final-finished' && type !== 'study-finished');
  const failed = { type: 'final-failed', at: 300, reason: 'crash', message: 'gone', log: null } as const;
  expect(ledgerOf([...events, failed])['final run: without a result']).toBe(356 - 82);
});

test('an interrupted rung is not a failed one, and the time until the resumption is its own', () => {
  const cut = wholeStudy.findIndex(({ type }) => type === 'rung-finished');
  const events = [...wholeStudy.slice(0, cut), { type: 'study-resumed', at: 65, downSeconds: 30 } as const];
  expect(ledgerOf(events)).toEqual({
    'packing the data': 20,
    'starting, engine and planning': 5,
    'search: interrupted rungs': 40,
  });
});

test('attempts of the final run that failed before the one that ended are named', () => {
  const events = wholeStudy.flatMap((event): StudyEvent[] =>
    event.type === 'final-started'
      ? [
          event,
          { type: 'final-failed', at: 92, reason: 'diverged', message: 'loss', log: null },
          { ...event, at: 93, attempt: 2 },
        ]
      : [event],
  );
  expect(ledgerOf(events)['final run: attempts that failed']).toBe(93 - 80);
});
