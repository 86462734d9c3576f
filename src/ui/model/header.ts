import { basename } from 'node:path';
import { unreachable } from '../../errors.js';
import type { Phase, StudyState } from '../../state/types.js';
import type { Glyphs } from './glyphs.js';
import { clock, percent } from './numbers.js';
import { type Pace, packingText, shortPackingText } from './pace.js';
import { type Line, line, lineWidth, type Segment, segment, spread, type Tone } from './segments.js';

/** What the phase is shown for. */
export interface PhaseOptions {
  readonly stopping: boolean;
  readonly packing: Pace | null;
  /** With what packing still takes; else only how far it is. */
  readonly packingInFull: boolean;
}

export function phaseSegment(phase: Phase, options: PhaseOptions, glyphs: Glyphs): Segment {
  const { stopping, packing, packingInFull } = options;
  if (stopping && phase !== 'interrupted' && phase !== 'finished') {
    return segment(`${glyphs.running} stopping, saving`, 'warn');
  }
  switch (phase) {
    case 'preparing':
      if (packing === null) return segment(`${glyphs.waiting} preparing`, 'plain');
      return segment(`${glyphs.running} ${packingInFull ? packingText(packing) : shortPackingText(packing)}`, 'plain');
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

/** How the budget is cut, in seconds since the study's start. */
export interface BudgetParts {
  readonly budget: number;
  readonly searchEnds: number;
  readonly finalEnds: number;
}

/** The plan's cut, with the search's true end once it is over; null before there is a plan. */
export function budgetParts({ created, plan, searchEnd }: StudyState): BudgetParts | null {
  if (created === null || plan === null) return null;
  const budget = created.budgetSeconds;
  const within = (value: number) => Math.min(budget, Math.max(0, value));
  const finalEnds = within(plan.endsAt);
  const searchEndsAt = created.mode === 'search' ? finalEnds : plan.searchEndsAt;
  // A final run's search has ended when it is created.
  const ended = created.mode === 'run' ? searchEnd?.at : undefined;
  return { budget, searchEnds: Math.min(finalEnds, within(ended ?? searchEndsAt)), finalEnds };
}

/** One part of the bar: passed columns are solid, those ahead are light. */
function barPart(from: number, to: number, passed: number, tone: Tone, glyphs: Glyphs): Segment {
  const solid = Math.min(to, Math.max(from, passed)) - from;
  return segment(`${glyphs.passed.repeat(solid)}${glyphs.ahead.repeat(to - from - solid)}`, tone);
}

/** A budget whose cut is not known yet as one bar of exactly `columns`, filled as far as the clock is. */
function uncutBar(budget: number, nowSeconds: number, columns: number, glyphs: Glyphs): Segment[] {
  if (columns < 1) return [];
  const passed = Math.round((Math.min(budget, Math.max(0, nowSeconds)) / budget) * columns);
  return [barPart(0, columns, passed, 'plain', glyphs)];
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

/** A study that nobody has named is called after its data and the time. */
function isCalledAfter(name: string, data: string): boolean {
  return name.startsWith(data) && /^-\d{4}-\d\d-\d\d-/.test(name.slice(data.length));
}

/** Study, engine and data, unless the name has that. */
function titleLine(state: StudyState, ui: HeaderOptions, glyphs: Glyphs): Line {
  const { created, engine } = state;
  const name = created?.name ?? 'hyperbudget';
  const data = created === null ? glyphs.unknown : basename(created.dataDirectory);
  const left = line(
    segment(` ${name}`, 'strong'),
    ...labelled('engine', engine === null ? glyphs.unknown : `${engine.engine} ${engine.precision}`),
    ...(isCalledAfter(name, data) ? [] : labelled('data', data)),
  );
  const right = (packingInFull: boolean) =>
    line(phaseSegment(state.phase, { ...ui, packingInFull }, glyphs), segment(' '));
  const full = right(true);
  // The legend has it in full; where there is none, there may be room for it here.
  const isRoom = !ui.legend && lineWidth(left) + lineWidth(full) < ui.columns;
  return spread(left, isRoom ? full : right(false), ui.columns, glyphs);
}

/** What is left of the budget in words: `2:41 left of 6:00  55 %`. */
export function remaining(state: StudyState, nowSeconds: number, glyphs: Glyphs): string {
  const budget = state.created?.budgetSeconds;
  if (budget === undefined) return `${glyphs.unknown} left`;
  return `${clock(Math.ceil(budget - nowSeconds))} left of ${clock(budget)}  ${percent(nowSeconds / budget)}`;
}

function barLine(state: StudyState, nowSeconds: number, columns: number, glyphs: Glyphs): Line {
  const words = `  ${remaining(state, nowSeconds, glyphs)} `;
  const room = columns - words.length - 1;
  const parts = budgetParts(state);
  const budget = state.created?.budgetSeconds;
  const uncut = budget === undefined ? [] : uncutBar(budget, nowSeconds, room, glyphs);
  const bar = parts === null ? uncut : budgetBar(parts, nowSeconds, room, glyphs);
  return line(segment(' '), ...bar, segment(words, 'strong'));
}

/** What the parts of the bar are and how long. */
function partSegments(state: StudyState, glyphs: Glyphs): Segment[] {
  const mode = state.created?.mode;
  if (mode === undefined) return [];
  const parts = budgetParts(state);
  if (parts === null) return state.phase === 'preparing' ? [segment('  the plan follows', 'muted')] : [];
  const part = (name: string, length: number, tone: Tone) => [
    segment(` ${glyphs.passed} `, tone),
    segment(`${name} ${clock(Math.round(length))} `, 'plain'),
  ];
  return [
    ...part(mode === 'final' ? 'preparation' : 'search', parts.searchEnds, 'search'),
    ...(mode === 'search' ? [] : part('final', parts.finalEnds - parts.searchEnds, 'final')),
    ...part('reserve', parts.budget - parts.finalEnds, 'reserve'),
  ];
}

function legendLine(state: StudyState, packing: Pace | null, glyphs: Glyphs): Line {
  // The next better one: a graphics card is not there to be had, an engine often is.
  const better = state.engine?.unavailable.at(-1);
  return line(
    ...partSegments(state, glyphs),
    ...(state.phase === 'preparing' && packing !== null ? [segment(`  ${packingText(packing)}`)] : []),
    ...(better === undefined ? [] : [segment(`  no ${better.name}: ${better.reason}`, 'muted')]),
  );
}

export interface HeaderOptions extends Omit<PhaseOptions, 'packingInFull'> {
  readonly columns: number;
  /** Whether there is a line for what the bar's parts are, how far packing is, and why no better engine runs. */
  readonly legend: boolean;
}

/** Study, engine, data and phase; the budget's bar; the legend where there is room for it. */
export function header(state: StudyState, nowSeconds: number, ui: HeaderOptions, glyphs: Glyphs): Line[] {
  const lines = [titleLine(state, ui, glyphs), barLine(state, nowSeconds, ui.columns, glyphs)];
  return ui.legend ? [...lines, legendLine(state, ui.packing, glyphs)] : lines;
}
