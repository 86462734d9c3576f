import type { StudyState } from '../../state/types.js';
import { bracketLines, bracketsTitle } from './brackets.js';
import { detailLines, trialCurve } from './detail.js';
import { finalLines, submissionSource } from './final.js';
import { asciiGlyphs, type Glyphs, unicodeGlyphs } from './glyphs.js';
import { header, phaseSegment, remaining } from './header.js';
import { helpLines, hintLine } from './help.js';
import { type Drawn, type Screen, screenOf, type UiState } from './navigation.js';
import { accuracy, clock } from './numbers.js';
import type { Pace } from './pace.js';
import { parameterSummary } from './parameters.js';
import { beside, fitLine, type Line, line, rule, segment, spread, wrapped } from './segments.js';
import { tableTitle, trialTable } from './table.js';
import { timeLines } from './time.js';
import { bestTitle, bestTrial, bestWord, latestScore } from './trials.js';

/** What the screen is drawn for, beside the study's state. */
export interface ViewOptions extends UiState {
  /** Size of the terminal in characters. */
  readonly columns: number;
  readonly rows: number;
  readonly ascii: boolean;
  /** The user has asked once to stop. */
  readonly stopping: boolean;
  /** How far packing the images is; null while nothing is packed. */
  readonly packing: Pace | null;
}

export interface Section {
  readonly name: 'status' | 'header' | 'brackets' | 'table' | 'curve' | 'best' | 'messages' | 'body' | 'hints';
  readonly lines: readonly Line[];
}

/** A whole screen: no line is wider than the terminal, and one row fewer than it has. */
export interface ViewModel extends Drawn {
  readonly sections: readonly Section[];
}

interface Frame {
  readonly state: StudyState;
  readonly nowSeconds: number;
  readonly options: ViewOptions;
  readonly glyphs: Glyphs;
  readonly rows: number;
}

type Unfitted = Omit<ViewModel, 'screen'>;

const still = { order: [], page: 0, scroll: 0, lastScroll: 0 } as const;

function bestLine({ state, options, glyphs }: Frame): Line {
  const best = bestTrial(state);
  const right = line(segment(`submission: ${submissionSource(state, glyphs)} `, 'muted'));
  if (best === null) return spread(line(segment(' no result yet', 'muted')), right, options.columns, glyphs);
  const left = line(
    segment(` ${glyphs.best} ${bestTitle(state)} ${accuracy(latestScore(best), glyphs.unknown)}`, 'good'),
    segment(`  trial ${best.trial}  ${parameterSummary(best, state.trials, glyphs.unknown)}`),
  );
  return spread(left, right, options.columns, glyphs);
}

function messageLines({ state }: Frame, rows: number): Line[] {
  return state.told
    .slice(-rows)
    .map(({ at, message }) => line(segment(` ${clock(at).padStart(7)} `, 'muted'), segment(message)));
}

/** All messages that are kept, in full. */
function allMessages({ told }: StudyState, columns: number): Line[] {
  if (told.length === 0) return [line(segment(' none yet', 'muted'))];
  return told
    .toReversed()
    .flatMap(({ at, message }) => wrapped(segment(` ${clock(at).padStart(7)} `, 'muted'), segment(message), columns));
}

function statusLine({ state, nowSeconds, options, glyphs }: Frame): Line {
  const best = bestTrial(state);
  const score = best === null ? '' : `  ${bestWord(state)} ${accuracy(latestScore(best), glyphs.unknown)}`;
  const phase = phaseSegment(state.phase, { ...options, packingInFull: false }, glyphs);
  return line(phase, segment(`  ${remaining(state, nowSeconds, glyphs)}${score}`));
}

function compactSearch(frame: Frame, head: Section): Unfitted {
  const { state, nowSeconds, options, glyphs } = frame;
  const room = Math.max(0, frame.rows - head.lines.length - 1);
  const table = trialTable(state, nowSeconds, { ...options, rows: room }, glyphs);
  return {
    ...table,
    page: room,
    sections: [head, { name: 'table', lines: [table.heading, ...table.rows] }],
  };
}

/** Brackets and messages: side by side in a wide terminal, else below each other. */
function overview(frame: Frame): { top: Section; messages: Section } {
  const { state, options, glyphs } = frame;
  const { columns } = options;
  const wide = columns >= 120;
  const room = frame.rows >= 30 ? 6 : frame.rows >= 26 ? 4 : 3;
  const brackets = bracketLines(state, room, glyphs);
  if (!wide) {
    const told = messageLines(frame, frame.rows >= 30 ? 4 : 2);
    const lines = told.length === 0 ? [] : [rule('Messages', columns, glyphs), ...told];
    const top = { name: 'brackets', lines: [rule(bracketsTitle(state), columns, glyphs), ...brackets] } as const;
    return { top, messages: { name: 'messages', lines } };
  }
  const left = Math.min(80, Math.floor(columns * 0.56));
  const titles = [rule(bracketsTitle(state), left - 2, glyphs)];
  const told = [rule('Messages', columns - left, glyphs), ...messageLines(frame, Math.max(4, brackets.length))];
  const lines = beside([...titles, ...brackets], told, left, glyphs);
  return { top: { name: 'brackets', lines }, messages: { name: 'messages', lines: [] } };
}

function fullSearch(frame: Frame, head: Section): Unfitted {
  const { state, nowSeconds, options, glyphs } = frame;
  const { top, messages } = overview(frame);
  const around = head.lines.length + top.lines.length + messages.lines.length + 4;
  const room = Math.max(1, frame.rows - around);
  const table = trialTable(state, nowSeconds, { ...options, rows: room }, glyphs);
  const spare = room - table.rows.length;
  const selected = state.trials.find(({ trial }) => trial === (options.selected ?? table.order[0]));
  const curve: Line[] = [];
  if (selected !== undefined && spare >= 7) {
    const title = rule(`Training loss of trial ${selected.trial}`, options.columns, glyphs);
    curve.push(title, ...trialCurve(selected, options.columns, Math.min(14, spare - 1), glyphs));
  }
  const blank = Array.from({ length: Math.max(0, spare - curve.length) }, () => line());
  const title = rule(tableTitle(state, glyphs), options.columns, glyphs);
  return {
    ...table,
    page: room,
    sections: [
      head,
      top,
      { name: 'table', lines: [title, table.heading, ...table.rows] },
      { name: 'curve', lines: [...curve, ...blank] },
      { name: 'best', lines: [bestLine(frame)] },
      messages,
      { name: 'hints', lines: [hintLine('search', options.stopping)] },
    ],
  };
}

function bodyLines(frame: Frame, screen: Exclude<Screen, 'search'>, rows: number): { title: string; lines: Line[] } {
  const { state, nowSeconds, options, glyphs } = frame;
  const { columns } = options;
  if (screen === 'help') return { title: 'Help', lines: helpLines(glyphs) };
  if (screen === 'final') return { title: 'Final run', lines: finalLines(state, nowSeconds, columns, rows, glyphs) };
  if (screen === 'messages') return { title: 'Messages, the newest first', lines: allMessages(state, columns) };
  if (screen === 'time') return { title: 'Where the time went', lines: timeLines(state, columns, glyphs) };
  const trial = state.trials.find((one) => one.trial === options.selected);
  if (trial === undefined) return { title: 'Trial', lines: [line(segment(' no such trial', 'muted'))] };
  return { title: 'Trial', lines: detailLines(state, trial, nowSeconds, { columns, rows }, glyphs) };
}

/** Detail, final run, time, messages or help: a body that scrolls where it does not fit. */
function bodyScreen(frame: Frame, head: Section, screen: Exclude<Screen, 'search'>, full: boolean): Unfitted {
  const { state, options, glyphs } = frame;
  const room = Math.max(0, frame.rows - head.lines.length - (full ? 2 : 0));
  const { title, lines } = bodyLines(frame, screen, room);
  const lastScroll = Math.max(0, lines.length - room);
  const scroll = Math.min(lastScroll, Math.max(0, options.scroll));
  const shown = lines.slice(scroll, scroll + room);
  const blank = full ? Array.from({ length: room - shown.length }, () => line()) : [];
  const heading = scroll < lastScroll ? `${title}  pgdn for more` : title;
  const sections: Section[] = [
    head,
    { name: 'body', lines: [...(full ? [rule(heading, options.columns, glyphs)] : []), ...shown, ...blank] },
    { name: 'hints', lines: full ? [hintLine(screen, options.stopping)] : [] },
  ];
  const order = trialTable(state, frame.nowSeconds, { ...options, rows: 0 }, glyphs).order;
  return { sections, order, page: Math.max(1, room - 1), scroll, lastScroll };
}

function unfitted(frame: Frame, screen: Screen): Unfitted {
  const { state, nowSeconds, options, glyphs } = frame;
  const { columns, rows } = options;
  if (columns < 60 || rows < 12) return { ...still, sections: [{ name: 'status', lines: [statusLine(frame)] }] };
  const full = columns >= 80 && rows >= 20;
  const head: Section = {
    name: 'header',
    lines: header(state, nowSeconds, { ...options, legend: full }, glyphs),
  };
  if (screen !== 'search') return bodyScreen(frame, head, screen, full);
  return full ? fullSearch(frame, head) : compactSearch(frame, head);
}

/**
 * The screen of a study at an instant. Below 80x20 only header and table (or body) are shown, below 60x12 one line.
 * @param nowSeconds seconds since the study's start.
 */
export function viewModel(state: StudyState, nowSeconds: number, options: ViewOptions): ViewModel {
  const glyphs = options.ascii ? asciiGlyphs : unicodeGlyphs;
  const rows = Math.max(1, options.rows - 1);
  const screen = screenOf(options.screen, state.phase);
  const model = unfitted({ state, nowSeconds, options, glyphs, rows }, screen);
  let room = rows;
  const sections = model.sections.map(({ name, lines }) => {
    const shown = lines.slice(0, room);
    room -= shown.length;
    return { name, lines: shown.map((one) => fitLine(one, options.columns, glyphs)) };
  });
  return { ...model, screen, sections };
}
