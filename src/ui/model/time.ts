import { type Account, ledgerFigures, ledgerRows } from '../../budget/ledger-entries.js';
import { unreachable } from '../../errors.js';
import type { StudyState } from '../../state/types.js';
import type { Glyphs } from './glyphs.js';
import { seconds } from './numbers.js';
import { column, type Line, line, type Segment, segment, type Tone } from './segments.js';

function toneOf(account: Account): Tone {
  switch (account) {
    case 'search':
      return 'search';
    case 'final':
    case 'inference':
      return 'final';
    case 'reserve':
      return 'reserve';
    case 'down':
      return 'bad';
    case 'preparation':
    case 'pack':
    case 'decide':
    case 'write':
      return 'plain';
    default:
      return unreachable(account);
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The study's ledger: each account and what it was spent on, with its share of the time as a bar; then what it says about the promises. */
export function timeLines({ ledger }: Pick<StudyState, 'ledger'>, columns: number, glyphs: Glyphs): Line[] {
  const room = Math.max(0, columns - 38);
  const rows = ledgerRows(ledger).map(({ account, part, seconds: own, share }) =>
    line(
      segment(
        ` ${column(part === null ? account : `  ${part}`, 16, 'left', glyphs)}`,
        part === null ? 'strong' : 'plain',
      ),
      segment(`${seconds(own, glyphs.unknown).padStart(9)} s`),
      segment(percent(share).padStart(9), 'muted'),
      segment(' '),
      segment(glyphs.passed.repeat(Math.round(share * room)), part === null ? toneOf(account) : 'muted'),
    ),
  );
  return rows.length === 0 ? [line(segment(' nothing yet', 'muted'))] : [...rows, line(), ...figureLines(ledger)];
}

function figureLines(ledger: StudyState['ledger']): Line[] {
  const { usedShare, searchStepShare, finalStepShare, overshootSeconds } = ledgerFigures(ledger);
  const said = (share: number | null, what: string): Segment[][] =>
    share === null ? [] : [[segment(` ${percent(share)}`, 'strong'), segment(` ${what}`)]];
  const over = [segment(` ${overshootSeconds.toFixed(1)} s`, 'bad'), segment(' over the deadline')];
  return [
    ...said(usedShare, 'of the budget used'),
    ...said(searchStepShare, "of the search's slot time in gradient steps"),
    ...said(finalStepShare, 'of the final phase in gradient steps'),
    ...(overshootSeconds > 0 ? [over] : []),
  ].map((segments) => line(...segments));
}
