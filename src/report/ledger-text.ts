import { formatDuration } from '../budget/duration.js';
import { ledgerEntries, ledgerFigures, ledgerRows } from '../budget/ledger-entries.js';
import type { StudyState } from '../state/types.js';
import { table } from './table.js';

/** With more slots than these only their mean is shown: the lines would be too long. */
const mostSlotColumns = 4;

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Where the time went as lines of aligned columns: accounts in the order of time, below those of the trials what they were spent on. */
export function ledgerLines({ ledger }: Pick<StudyState, 'ledger'>): readonly string[] {
  const rows = ledgerRows(ledger);
  if (rows.length === 0) return [];
  const slots = Math.max(...rows.map(({ slotSeconds }) => slotSeconds.length));
  const columns = slots > 1 && slots <= mostSlotColumns ? Array.from({ length: slots }, (_, slot) => slot) : [];
  const cells = rows.map(({ account, part, seconds: own, share, slotSeconds }) => [
    part === null ? account : `  ${part}`,
    seconds(own),
    percent(share),
    ...columns.flatMap((slot) => (slotSeconds.length > 0 ? [seconds(slotSeconds[slot] ?? 0)] : [])),
  ]);
  const heading = columns.length === 0 ? [] : [['', '', '', ...columns.map((slot) => `slot ${slot}`)]];
  const of = ledger.budgetSeconds === null ? '' : `of ${formatDuration(ledger.budgetSeconds)}`;
  const whole = total(rows.flatMap((row) => (row.part === null ? [row.seconds] : [])));
  return table([...heading, ...cells, ['together', seconds(whole), of]], [1, 2, ...columns.map((slot) => slot + 3)]);
}

/** What the ledger says about the promises of the program, in words. */
function figureLines({ ledger }: StudyState): readonly string[] {
  const { usedShare, searchStepShare, finalStepShare, overshootSeconds } = ledgerFigures(ledger);
  const said = (share: number | null, what: string) => (share === null ? [] : [`${percent(share)} ${what}`]);
  return [
    ...said(usedShare, 'of the budget used'),
    ...said(searchStepShare, "of the search's slot time in gradient steps"),
    ...said(finalStepShare, 'of the final phase in gradient steps'),
    ...(overshootSeconds > 0 ? [`${seconds(overshootSeconds)} over the deadline`] : []),
  ];
}

/** A study's ledger for people: a table, then what it says about the promises; a newline at the end. */
export function exportLedger(state: StudyState): string {
  const name = state.created?.name ?? 'the study';
  const head = `Where the time of ${name} went, ${state.finished === null ? 'so far' : 'from start to deadline'}`;
  return `${[head, '', ...ledgerLines(state), '', ...figureLines(state)].join('\n')}\n`;
}

/** The same as JSON: every entry, those without time too, with each slot's own seconds; shares in [0, 1]. */
export function exportLedgerJson(state: StudyState): string {
  const { created, finished, ledger } = state;
  const entries = ledgerEntries(ledger);
  const content = {
    study: created?.name ?? null,
    budgetSeconds: created?.budgetSeconds ?? null,
    elapsedSeconds: ledger.at,
    finished: finished !== null,
    figures: ledgerFigures(ledger),
    entries,
    totalSeconds: total(entries.map((entry) => entry.seconds)),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
