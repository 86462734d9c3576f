import { basename } from 'node:path';
import { unreachable } from '../../errors.js';
import type { Phase, StudyState } from '../../state/types.js';
import type { Glyphs } from './glyphs.js';
import { clock, percent } from './numbers.js';
import { type Pace, packingText, shortPackingText } from './pace.js';
import { type Line, line, type Segment, segment, spread, type Tone } from './segments.js';

/** What the phase is shown for. */
export interface PhaseOptions {
  readonly columns: number;
  readonly stopping: boolean;
  readonly packing: Pace | null;
}

export function phaseSegment(phase: Phase, { columns, stopping, packing }: PhaseOptions, glyphs: Glyphs): Segment {
  if (stopping && phase !== 'interrupted' && phase !== 'finished') {
    return segment(`${glyphs.running} stopping, saving`, 'warn');
  }
  switch (phase) {
    case 'preparing':
      if (packing === null) return segment(`${glyphs.waiting} preparing`, 'plain');
      return segment(`${glyphs.running} ${columns < 80 ? shortPackingText(packing) : packingText(packing)}`, 'plain');
    case 'search':
      return segment(`${glyphs.running} searching`, 'search');
    case 'final':
      return segment(`${glyphs.running} final training`, 'final');
    case 'interrupted':
      return segment(`${glyphs.failed} interrupted`, 'bad');
    case 'finished':
      return segment(`${glyphs.done} finished`, 'good');
    default:
      return unreachable(phase);
  }
}

/** How the budget is cut, in seconds since the study's start; null before there is a study. */
export interface BudgetParts {
  readonly budget: number;
  readonly searchEnds: number;
  readonly finalEnds: number;
}

/** The plan's cut, with the search's true end once it is over. */
export function budgetParts(state: StudyState): BudgetParts | null {
  if (state.created === null) return null;
  const budget = state.created.budgetSeconds;
  const within = (value: number) => Math.min(budget, Math.max(0, value));
  const finalEnds = within(state.plan?.endsAt ?? budget);
  const planned = state.plan?.searchEndsAt ?? (state.created.mode === 'final' ? 0 : finalEnds);
  return { budget, searchEnds: Math.min(finalEnds, within(state.searchEnd?.at ?? planned)), finalEnds };
}

/** One part of the bar: passed columns are solid, those ahead are light. */
function barPart(from: number, to: number, passed: number, tone: Tone, glyphs: Glyphs): Segment {
  const solid = Math.min(to, Math.max(from, passed)) - from;
  return segment(`${glyphs.passed.repeat(solid)}${glyphs.ahead.repeat(to - from - solid)}`, tone);
}

/** Search, final run and reserve as one bar of exactly `columns`, separated by a line, filled as far as the clock is. */
export function budgetBar(parts: BudgetParts, nowSeconds: number, columns: number, glyphs: Glyphs): Segment[] {
  const room = columns - 2;
  if (room < 3) return [];
  const at = (time: number) => Math.round((Math.min(parts.budget, Math.max(0, time)) / parts.budget) * room);
  const [search, final, passed] = [at(parts.searchEnds), at(parts.finalEnds), at(nowSeconds)];
  return [
    barPart(0, search, passed, 'search', glyphs),
    segment(glyphs.vertical, 'muted'),
    barPart(search, final, passed, 'final', glyphs),
    segment(glyphs.vertical, 'muted'),
    barPart(final, room, passed, 'reserve', glyphs),
  ];
}

function labelled(label: string, value: string, tone: Tone = 'plain'): Segment[] {
  return [segment(`  ${label} `, 'muted'), segment(value, tone)];
}

function titleLine(state: StudyState, ui: PhaseOptions, glyphs: Glyphs): Line {
  const { created, engine } = state;
  const left = line(
    segment(` ${created?.name ?? 'hyperbudget'}`, 'strong'),
    ...labelled('data', created === null ? glyphs.unknown : basename(created.dataDirectory)),
    ...labelled('engine', engine === null ? glyphs.unknown : `${engine.engine} ${engine.precision}`),
  );
  return spread(left, line(phaseSegment(state.phase, ui, glyphs), segment(' ')), ui.columns, glyphs);
}

/** What is left of the budget in words: `2:41 left of 6:00  55 %`. */
export function remaining(state: StudyState, nowSeconds: number, glyphs: Glyphs): string {
  const budget = state.created?.budgetSeconds;
  if (budget === undefined) return `${glyphs.unknown} left`;
  return `${clock(Math.ceil(budget - nowSeconds))} left of ${clock(budget)}  ${percent(nowSeconds / budget)}`;
}

function barLine(state: StudyState, nowSeconds: number, columns: number, glyphs: Glyphs): Line {
  const words = `  ${remaining(state, nowSeconds, glyphs)} `;
  const parts = budgetParts(state);
  const bar = parts === null ? [] : budgetBar(parts, nowSeconds, columns - words.length - 1, glyphs);
  return line(segment(' '), ...bar, segment(words, 'strong'));
}

function legendLine(state: StudyState, glyphs: Glyphs): Line {
  const parts = budgetParts(state);
  const left: Segment[] = [];
  if (parts !== null) {
    const part = (name: string, length: number, tone: Tone) => [
      segment(` ${glyphs.passed} `, tone),
      segment(`${name} ${clock(Math.round(length))} `, 'plain'),
    ];
    left.push(
      ...part('search', parts.searchEnds, 'search'),
      ...part('final', parts.finalEnds - parts.searchEnds, 'final'),
      ...part('reserve', parts.budget - parts.finalEnds, 'reserve'),
    );
  }
  // The next better one: a graphics card is not there to be had, an engine often is.
  const better = state.engine?.unavailable.at(-1);
  if (better !== undefined) left.push(segment(`  no ${better.name}: ${better.reason}`, 'muted'));
  return line(...left);
}

/** Study, data, engine and phase; the budget's bar; with `legend` what its parts are and why no better engine runs. */
export function header(
  state: StudyState,
  nowSeconds: number,
  ui: PhaseOptions & { readonly legend: boolean },
  glyphs: Glyphs,
): Line[] {
  const lines = [titleLine(state, ui, glyphs), barLine(state, nowSeconds, ui.columns, glyphs)];
  return ui.legend ? [...lines, legendLine(state, glyphs)] : lines;
}
