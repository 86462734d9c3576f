import { expect, test } from 'vitest';
import { emptyLedger } from '../../src/budget/ledger.js';
import { exportLedger, exportLedgerJson, ledgerLines } from '../../src/report/ledger-text.js';
import { preparation, started, stateOf, wholeStudy } from './example-study.js';

const state = stateOf(wholeStudy);

test('a ledger reads as accounts with their parts, each slot of the search, and the promises', () => {
  expect(exportLedger(state)).toMatchInlineSnapshot(`
    "Where the time of clothes went, from start to deadline

                                   slot 0  slot 1
    preparation     5.0 s   1.4 %
    pack           20.0 s   5.6 %
    search         55.0 s  15.3 %  55.0 s  55.0 s
      start         1.0 s   0.3 %   1.0 s   1.0 s
      data          0.5 s   0.1 %   0.5 s   0.5 s
      step         39.5 s  11.0 %  39.5 s  39.5 s
      evaluate      2.0 s   0.6 %   2.0 s   2.0 s
      checkpoint    1.0 s   0.3 %   1.0 s   1.0 s
      lost          2.0 s   0.6 %   4.0 s   0.0 s
      idle          9.0 s   2.5 %   7.0 s  11.0 s
    decide          2.0 s   0.6 %
    final         270.0 s  75.0 %
      start         3.0 s   0.8 %
      data          2.0 s   0.6 %
      step        260.0 s  72.2 %
      evaluate      4.0 s   1.1 %
      checkpoint    1.0 s   0.3 %
    inference       3.0 s   0.8 %
    write           2.0 s   0.6 %
    reserve         3.0 s   0.8 %
    together      360.0 s   of 6m

    99.2 % of the budget used
    71.8 % of the search's slot time in gradient steps
    95.2 % of the final phase in gradient steps
    "
  `);
});

test('with many slots their mean alone is shown', () => {
  const many = [...preparation, started(0, 0, 25, 6), { type: 'told', at: 30, message: '' } as const];
  const lines = ledgerLines(
    stateOf([
      ...many.slice(0, 4).map((event) => (event.type === 'engine-chosen' ? { ...event, slots: 8 } : event)),
      { type: 'trial-created', at: 22, trial: 0, bracket: 0, configuration: {}, origin: 'default' },
      ...many.slice(4),
    ]),
  );
  expect(lines.join('\n')).not.toContain('slot');
  expect(lines.find((line) => line.includes('running'))).toMatch(/^ {2}running +0\.6 s/);
});

test('JSON has every entry, with time or without, and the sum', () => {
  const json = JSON.parse(exportLedgerJson(state));
  expect(json).toMatchObject({ study: 'clothes', budgetSeconds: 360, elapsedSeconds: 357, finished: true });
  expect(json.totalSeconds).toBeCloseTo(360, 9);
  expect(json.entries).toContainEqual({ account: 'search', part: 'lost', seconds: 2, slotSeconds: [4, 0] });
  expect(json.entries).toContainEqual({ account: 'down', part: null, seconds: 0, slotSeconds: [] });
  expect(json.figures.finalStepShare).toBeCloseTo(260 / 273, 9);
});

test('a study in which nothing has happened has no lines', () => {
  expect(ledgerLines({ ledger: emptyLedger })).toEqual([]);
});
