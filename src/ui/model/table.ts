import type { StudyState, TrialState } from '../../state/types.js';
import type { Glyphs } from './glyphs.js';
import { accuracy, seconds } from './numbers.js';
import { parameterColumns, parameterOf } from './parameters.js';
import { sparkline } from './plot.js';
import { column, type Line, line, segment, type Tone } from './segments.js';
import { bestTrial, latestScore, orderedTrials, placeOf, trialSeconds, trialStatus } from './trials.js';

interface Column {
  readonly heading: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly cell: (trial: TrialState) => { readonly text: string; readonly tone: Tone };
}

function fixedColumns(state: StudyState, nowSeconds: number, glyphs: Glyphs): Column[] {
  const best = bestTrial(state);
  return [
    { heading: 'trial', width: 5, align: 'right', cell: ({ trial }) => segment(String(trial)) },
    {
      heading: 'state',
      width: 11,
      align: 'left',
      cell: (trial) => {
        const { glyph, word, tone } = trialStatus(state, trial, glyphs);
        return segment(`${glyph} ${word}`, tone);
      },
    },
    {
      heading: 'rung',
      width: 7,
      align: 'left',
      cell: (trial) => segment(placeOf(state, trial, glyphs.unknown), 'muted'),
    },
    {
      heading: 'seconds',
      width: 7,
      align: 'right',
      cell: (trial) =>
        segment(trial.rungs.length === 0 ? glyphs.unknown : seconds(trialSeconds(trial, nowSeconds), glyphs.unknown)),
    },
    {
      heading: 'top-1',
      width: 7,
      align: 'right',
      cell: (trial) => {
        const score = latestScore(trial);
        const mark = trial === best ? glyphs.best : '';
        return segment(`${mark}${accuracy(score, glyphs.unknown)}`, trial === best ? 'good' : 'plain');
      },
    },
  ];
}

/** Loss curve of the rung that runs or ran last. */
function curveColumn(width: number, glyphs: Glyphs): Column {
  return {
    heading: 'loss',
    width,
    align: 'left',
    cell: ({ curve }) =>
      segment(
        sparkline(
          curve.map(({ loss }) => loss),
          width,
          glyphs,
        ),
        'search',
      ),
  };
}

/** The columns that fit: the fixed ones, a curve, then as many parameters as there is room for. */
function columnsFor(state: StudyState, nowSeconds: number, columns: number, glyphs: Glyphs): Column[] {
  const fixed = fixedColumns(state, nowSeconds, glyphs);
  let room = columns - 2 - fixed.reduce((sum, { width }) => sum + width + 1, 0);
  const curve = Math.min(20, Math.max(8, Math.floor(room / 4)));
  if (room < curve + 1) return fixed;
  const chosen = [...fixed, curveColumn(curve, glyphs)];
  room -= curve + 1;
  for (const { name, heading, width, align } of parameterColumns(state.trials)) {
    if (width + 1 > room) break;
    room -= width + 1;
    const cell = (trial: TrialState) => segment(parameterOf(trial.configuration, name, glyphs.unknown));
    chosen.push({ heading, width, align, cell });
  }
  return chosen;
}

function row(cells: readonly { text: string; tone: Tone }[], columns: readonly Column[], glyphs: Glyphs) {
  return cells.map(({ text, tone }, index) => {
    const { width = 0, align = 'left' } = columns[index] ?? {};
    return segment(`${column(text, width, align, glyphs)} `, tone);
  });
}

export interface Table {
  readonly heading: Line;
  readonly rows: readonly Line[];
  /** Trial numbers in the order of the whole table. */
  readonly order: readonly number[];
  readonly scroll: number;
  readonly lastScroll: number;
}

/** The part of the trials that fits into `rows` lines, with the selected one in it. */
export function trialTable(
  state: StudyState,
  nowSeconds: number,
  ui: { readonly columns: number; readonly rows: number; readonly selected: number | null; readonly scroll: number },
  glyphs: Glyphs,
): Table {
  const trials = orderedTrials(state);
  const order = trials.map(({ trial }) => trial);
  const columns = columnsFor(state, nowSeconds, ui.columns, glyphs);
  const cursor = ui.selected === null ? 0 : Math.max(0, order.indexOf(ui.selected));
  const lastScroll = Math.max(0, trials.length - ui.rows);
  const wanted = Math.max(cursor - ui.rows + 1, Math.min(cursor, ui.scroll));
  const scroll = Math.min(lastScroll, Math.max(0, wanted));
  const titles = columns.map(({ heading }) => segment(heading, 'muted'));
  const rows = trials.slice(scroll, scroll + ui.rows).map((trial, index) => {
    const here = scroll + index === cursor;
    const cells = columns.map(({ cell }) => cell(trial));
    return { segments: [segment(here ? `${glyphs.cursor} ` : '  '), ...row(cells, columns, glyphs)], inverse: here };
  });
  return { heading: line(segment('  '), ...row(titles, columns, glyphs)), rows, order, scroll, lastScroll };
}

/** The heading of the table: how many trials there are, and how they stand. */
export function tableTitle(state: StudyState, glyphs: Glyphs): string {
  const kinds = state.trials.map((trial) => trialStatus(state, trial, glyphs).kind);
  const parts = (['running', 'waiting', 'failed'] as const)
    .map((kind) => ({ kind, number: kinds.filter((one) => one === kind).length }))
    .filter(({ number }) => number > 0)
    .map(({ kind, number }) => `${number} ${kind}`);
  return [`Trials ${state.trials.length}`, ...parts].join('  ');
}
