import type { StudyState } from '../../state/types.js';
import type { Glyphs } from './glyphs.js';
import { resource } from './numbers.js';
import { cells, column, type Line, line, type Segment, segment } from './segments.js';
import { isLadder, rungStanding, rungsOfBracket, trialsInRung } from './trials.js';

type Rungs = readonly { readonly trials: number; readonly resource: number }[];

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The unit of a rung's resource as the search space names it; seconds unless it says otherwise. */
export function resourceUnit(state: StudyState): string {
  const unit = field(field(state.space?.space, 'scheduler'), 'unit');
  return typeof unit === 'string' ? unit : 'seconds';
}

/** A resource that stands in a table: only seconds carry their unit on every number. */
function short(value: number, unit: string, glyphs: Glyphs): string {
  return unit === 'seconds' ? resource(value, unit, glyphs.unknown) : String(Number(value.toPrecision(4)));
}

/** A ladder never fills: it is told how far it has come, and what its plan expects. */
function ladderProgress(state: StudyState, rungs: Rungs, glyphs: Glyphs): Segment {
  const expected = `of ${rungs.map(({ trials }) => trials).join(glyphs.arrow)} expected`;
  if (state.searchEnd !== null) return segment(`${glyphs.done} ${expected}`, 'good');
  return segment(`${glyphs.running} ${expected}`, 'running');
}

function progress(state: StudyState, bracket: number, rungs: Rungs, glyphs: Glyphs): Segment {
  const standings = rungs.map((_, rung) => rungStanding(state, bracket, rung));
  const current = standings.findIndex(({ ended, places }) => ended < places);
  if (current === -1) return segment(`${glyphs.done} done`, 'good');
  const { ended = 0, places = 0 } = standings[current] ?? {};
  const place = `rung ${current + 1}/${rungs.length}  ${ended} of ${places} judged`;
  if (state.searchEnd !== null) return segment(`${glyphs.cut} cut at ${place}`, 'muted');
  return segment(`${glyphs.running} ${place}`, 'running');
}

/** What a line shows of a bracket. */
interface Shown {
  readonly name: string;
  readonly promotions: string;
  readonly trials: string;
  readonly resources: string;
  readonly status: Segment;
}

function shownOf(name: string, rungs: Rungs, status: Segment, unit: string, glyphs: Glyphs): Shown {
  return {
    name,
    promotions: `s=${rungs.length - 1}`,
    trials: rungs.map((rung) => rung.trials).join(glyphs.arrow),
    resources: rungs.map((rung) => short(rung.resource, unit, glyphs)).join(glyphs.dot),
    status,
  };
}

/** The lines with their parts below each other, each part as wide as its longest text: what does not fit is cut from the status. */
function aligned(shown: readonly Shown[], glyphs: Glyphs): Line[] {
  const widest = (part: Exclude<keyof Shown, 'status'>) => Math.max(0, ...shown.map((one) => cells(one[part])));
  const [name, promotions, trials, resources] = [
    widest('name'),
    widest('promotions'),
    widest('trials'),
    widest('resources'),
  ];
  return shown.map((one) =>
    line(
      segment(` ${column(one.name, name, 'left', glyphs)}`),
      segment(`  ${column(one.promotions, promotions, 'left', glyphs)}`, 'muted'),
      segment(`  ${column(one.trials, trials, 'left', glyphs)}`),
      segment(`  ${column(one.resources, resources, 'left', glyphs)}  `, 'muted'),
      one.status,
    ),
  );
}

/**
 * One line a bracket: the opened ones, newest last, then the rest of the first round that has not begun.
 * At most `rows` lines; the oldest opened ones go first.
 */
export function bracketLines(state: StudyState, rows: number, glyphs: Glyphs): Line[] {
  const unit = resourceUnit(state);
  const opened = state.brackets.map(({ bracket }) => {
    const rungs = rungsOfBracket(state, bracket);
    if (isLadder(state)) {
      const reached = rungs.map((rung, index) => ({ ...rung, trials: trialsInRung(state, bracket, index) }));
      return shownOf(`b${bracket}`, reached, ladderProgress(state, rungs, glyphs), unit, glyphs);
    }
    return shownOf(`b${bracket}`, rungs, progress(state, bracket, rungs, glyphs), unit, glyphs);
  });
  const begun = new Set(state.brackets.map(({ shape }) => shape));
  const planned = state.searchEnd !== null ? [] : (state.plan?.brackets ?? []);
  const waiting = planned
    .filter((_, shape) => !begun.has(shape))
    .map((rungs) => {
      const status = segment(`${glyphs.waiting} waiting`, 'muted');
      return shownOf(glyphs.unknown, rungs, status, unit, glyphs);
    });
  const all = [...opened, ...waiting];
  if (all.length === 0) return [line(segment(' no brackets yet', 'muted'))];
  const first = Math.max(0, Math.min(opened.length - 1, all.length - rows));
  return aligned(all.slice(first, first + Math.max(1, rows)), glyphs);
}

/** The heading of the bracket list. */
export function bracketsTitle(state: StudyState): string {
  const unit = resourceUnit(state);
  return unit === 'seconds' ? 'Brackets' : `Brackets (${unit})`;
}
