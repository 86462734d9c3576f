import type { Ledger } from './ledger.js';
import { type WorkPart, type WorkSeconds, workParts } from './work.js';

/** Who owns a second, in the order of time. */
export type Account =
  | 'preparation'
  | 'pack'
  | 'search'
  | 'decide'
  | 'final'
  | 'inference'
  | 'write'
  | 'down'
  | 'reserve';

/** One line of a ledger. */
export interface LedgerEntry {
  readonly account: Account;
  /** Of search and final run: what the time was spent on; `running`: work that has not ended. Null for accounts without parts. */
  readonly part: WorkPart | 'running' | null;
  /** Wall-clock seconds, >= 0; those of parallel slots divided by their number. */
  readonly seconds: number;
  /** Each slot's own seconds; empty for anything but the search. */
  readonly slotSeconds: readonly number[];
}

/**
 * All entries of a ledger, those without time too. They add up to the budget where the study has ended, or to the whole time where it overran, else
 * to the time that has passed.
 */
export function ledgerEntries(ledger: Ledger): readonly LedgerEntry[] {
  const { preparation, pack, search, searchBySlot, decide, final, inference, write, down } = ledger;
  const whole = (account: Account, seconds: number): LedgerEntry => ({ account, part: null, seconds, slotSeconds: [] });
  const running = runningBySlot(ledger);
  const slots = Array.from({ length: Math.max(searchBySlot.length, running.length) }, (_, slot) => slot);
  return [
    whole('preparation', preparation),
    whole('pack', pack),
    ...workParts.map(
      (part): LedgerEntry => ({
        account: 'search',
        part,
        seconds: search[part],
        slotSeconds: slots.map((slot) => searchBySlot[slot]?.[part] ?? 0),
      }),
    ),
    {
      account: 'search',
      part: 'running',
      seconds: sum(running) / ledger.slots,
      slotSeconds: slots.map((slot) => running[slot] ?? 0),
    },
    whole('decide', decide),
    ...workParts
      .filter((part) => part !== 'predict')
      .map((part): LedgerEntry => ({ account: 'final', part, seconds: final[part], slotSeconds: [] })),
    { account: 'final', part: 'running', seconds: runningFinal(ledger), slotSeconds: [] },
    whole('inference', inference),
    whole('write', write),
    whole('down', down),
    whole('reserve', unusedSeconds(ledger)),
  ];
}

/** A line of a table: an account, or one of its parts below it. */
export interface LedgerRow {
  readonly account: Account;
  readonly part: LedgerEntry['part'];
  readonly seconds: number;
  /** Of all the time in the ledger, in [0, 1]. */
  readonly share: number;
  readonly slotSeconds: readonly number[];
}

/** What of a ledger is worth showing: accounts that have time, in the order of time, each followed by those of its parts that have. */
export function ledgerRows(ledger: Ledger): readonly LedgerRow[] {
  const entries = ledgerEntries(ledger).filter(({ seconds }) => seconds > 0);
  const whole = sum(entries.map(({ seconds }) => seconds));
  const accounts = [...new Set(entries.map(({ account }) => account))];
  return accounts.flatMap((account) => {
    const own = entries.filter((entry) => entry.account === account);
    const seconds = sum(own.map((entry) => entry.seconds));
    const slots = own[0]?.slotSeconds.map((_, slot) => sum(own.map(({ slotSeconds }) => slotSeconds[slot] ?? 0))) ?? [];
    const parts = own.filter(({ part }) => part !== null);
    return [
      { account, part: null, seconds, share: seconds / whole, slotSeconds: slots },
      ...parts.map((entry) => ({ ...entry, share: entry.seconds / whole })),
    ];
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function runningBySlot({ open, slots, at }: Ledger): readonly number[] {
  const works = open.filter(({ kind }) => kind !== 'final');
  if (works.length === 0) return [];
  const secondsIn = (slot: number) => sum(works.flatMap((work) => (work.slot === slot ? [at - work.since] : [])));
  return Array.from({ length: slots }, (_, slot) => secondsIn(slot));
}

function runningFinal({ open, at }: Ledger): number {
  return sum(open.flatMap(({ kind, since }) => (kind === 'final' ? [at - since] : [])));
}

/** From the end of the study to its deadline; 0 while it goes on. */
function unusedSeconds({ activity, at, budgetSeconds }: Ledger): number {
  return activity === 'over' ? Math.max(0, (budgetSeconds ?? at) - at) : 0;
}

/** What a study promises, measured. Shares in [0, 1]; null where there was no such time. */
export interface LedgerFigures {
  /** Of the budget; of an unfinished study what has passed of it. */
  readonly usedShare: number | null;
  /** Gradient steps in the slot time of the search. */
  readonly searchStepShare: number | null;
  /** Gradient steps in the final phase: the final run with its inference. */
  readonly finalStepShare: number | null;
  /** How long after the deadline the study ended, or has gone on so far. */
  readonly overshootSeconds: number;
}

export function ledgerFigures(ledger: Ledger): LedgerFigures {
  const { at, budgetSeconds, search, final, inference } = ledger;
  const over = budgetSeconds === null ? 0 : Math.max(0, at - budgetSeconds);
  return {
    usedShare: budgetSeconds === null ? null : Math.min(1, at / budgetSeconds),
    searchStepShare: share(search.step, together(search)),
    finalStepShare: share(final.step, together(final) + inference),
    overshootSeconds: over,
  };
}

function together(seconds: WorkSeconds): number {
  return sum(workParts.map((part) => seconds[part]));
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
