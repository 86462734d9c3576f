import { describe, expect, it } from 'vitest';
import { emptyLedger, type Ledger } from '../../src/budget/ledger.js';
import { type LedgerEntry, ledgerEntries, ledgerFigures, ledgerRows } from '../../src/budget/ledger-entries.js';
import type { WorkSeconds } from '../../src/budget/work.js';
import { stateOf, wholeStudy } from '../report/example-study.js';

const work = (seconds: Partial<WorkSeconds>): WorkSeconds => ({ ...emptyLedger.search, ...seconds });

const opened = { trainsSince: null, savedAt: null, isOfUse: false } as const;

/** Two slots, of which the second works on a rung since second 40; the first has been idle for 5 s. */
const searching: Ledger = {
  ...emptyLedger,
  at: 50,
  budgetSeconds: 100,
  activity: 'search',
  slots: 2,
  open: [{ ...opened, kind: 'rung', trial: 1, slot: 1, since: 40 }],
  preparation: 4,
  pack: 6,
  search: work({ step: 30, idle: 5 }),
  searchBySlot: [work({ step: 30, idle: 10 }), work({ step: 30 })],
};

const ended: Ledger = {
  ...emptyLedger,
  at: 95,
  budgetSeconds: 100,
  activity: 'over',
  searched: 0,
  searchEnded: true,
  preparation: 10,
  search: work({ start: 5, step: 20 }),
  searchBySlot: [work({ start: 5, step: 20 })],
  final: work({ data: 10, step: 40 }),
  inference: 8,
  write: 2,
};

const total = (entries: readonly LedgerEntry[]) => entries.reduce((sum, { seconds }) => sum + seconds, 0);
const find = (ledger: Ledger, account: string, part: string | null) =>
  ledgerEntries(ledger).find((entry) => entry.account === account && entry.part === part);

describe('the entries of a ledger', () => {
  it('add up to the time that has passed, work that has not ended included', () => {
    expect(total(ledgerEntries(searching))).toBe(50);
    expect(find(searching, 'search', 'running')).toMatchObject({ seconds: 5, slotSeconds: [0, 10] });
  });

  it('add up to the budget once the study is over: what was left is the reserve', () => {
    expect(total(ledgerEntries(ended))).toBe(100);
    expect(find(ended, 'reserve', null)?.seconds).toBe(5);
    expect(find(searching, 'reserve', null)?.seconds).toBe(0);
  });

  it('add up to the whole time where a study overran, without a reserve', () => {
    const late = { ...ended, at: 103, write: 10 };
    expect(total(ledgerEntries(late))).toBe(103);
    expect(find(late, 'reserve', null)?.seconds).toBe(0);
  });

  it('have the seconds of a running final run in its own account', () => {
    const open = [{ ...opened, kind: 'final', trial: 0, slot: 0, since: 90 } as const];
    expect(find({ ...searching, at: 95, open }, 'final', 'running')).toMatchObject({ seconds: 5, slotSeconds: [] });
    expect(find({ ...searching, at: 95, open }, 'search', 'running')?.seconds).toBe(0);
  });

  it('hold every account and part, those without time too, in the order of time', () => {
    const accounts = [...new Set(ledgerEntries(emptyLedger).map(({ account }) => account))];
    expect(accounts).toEqual([
      'preparation',
      'pack',
      'search',
      'decide',
      'final',
      'inference',
      'write',
      'down',
      'reserve',
    ]);
    expect(find(emptyLedger, 'final', 'predict')).toBeUndefined();
    expect(find(emptyLedger, 'search', 'predict')?.seconds).toBe(0);
  });
});

describe('the rows of a table', () => {
  it('are the accounts with time, each with the sum of its parts and followed by them', () => {
    expect(ledgerRows(ended).map(({ account, part, seconds }) => [account, part, seconds])).toEqual([
      ['preparation', null, 10],
      ['search', null, 25],
      ['search', 'start', 5],
      ['search', 'step', 20],
      ['final', null, 50],
      ['final', 'data', 10],
      ['final', 'step', 40],
      ['inference', null, 8],
      ['write', null, 2],
      ['reserve', null, 5],
    ]);
  });

  it('have shares that add up to one over the accounts, and to their account over its parts', () => {
    const rows = ledgerRows(searching);
    const shares = (part: boolean) =>
      rows.filter((row) => (row.part !== null) === part && (part ? row.account === 'search' : true));
    const sum = (part: boolean) => shares(part).reduce((all, { share }) => all + share, 0);
    expect(sum(false)).toBeCloseTo(1);
    expect(sum(true)).toBeCloseTo(rows.find((row) => row.account === 'search' && row.part === null)?.share ?? 0);
  });

  it('have the seconds of each slot in the search, as they were, and nowhere else', () => {
    const slots = ledgerRows(searching).map(({ account, part, slotSeconds }) => [account, part, slotSeconds]);
    expect(slots).toContainEqual(['search', null, [40, 40]]);
    expect(slots).toContainEqual(['search', 'running', [0, 10]]);
    expect(slots).toContainEqual(['preparation', null, []]);
  });

  it('are none before anything has happened', () => {
    expect(ledgerRows(emptyLedger)).toEqual([]);
  });
});

describe('the figures of a ledger', () => {
  it('are shares of what they are about', () => {
    expect(ledgerFigures(ended)).toEqual({
      usedShare: 0.95,
      searchStepShare: 0.8,
      finalStepShare: 40 / 58,
      overshootSeconds: 0,
    });
  });

  it('are those of a whole study', () => {
    const { usedShare, searchStepShare, finalStepShare } = ledgerFigures(stateOf(wholeStudy).ledger);
    expect(usedShare).toBeCloseTo(357 / 360, 9);
    expect(searchStepShare).toBeCloseTo(79 / 110, 9);
    expect(finalStepShare).toBeCloseTo(260 / 273, 9);
  });

  it('say how far the study went over its deadline, which uses no more than the budget', () => {
    expect(ledgerFigures({ ...ended, at: 103 })).toMatchObject({ usedShare: 1, overshootSeconds: 3 });
  });

  it('are unknown where there was no such time', () => {
    expect(ledgerFigures(emptyLedger)).toEqual({
      usedShare: null,
      searchStepShare: null,
      finalStepShare: null,
      overshootSeconds: 0,
    });
  });
});
