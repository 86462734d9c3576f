import { unreachable } from '../../errors.js';
import type { RungRecord, StudyState, TrialState } from '../../state/types.js';
import { resourceUnit } from './brackets.js';
import { failureLines } from './failure.js';
import type { Glyphs } from './glyphs.js';
import { accuracy, count, number4, resource, seconds } from './numbers.js';
import { parameterOf } from './parameters.js';
import { plot } from './plot.js';
import { cells, column, type Line, line, segment } from './segments.js';
import { failureWord, placeOf, trialStatus } from './trials.js';

function titleLine(state: StudyState, trial: TrialState, glyphs: Glyphs): Line {
  const { glyph, word, tone } = trialStatus(state, trial, glyphs);
  return line(
    segment(` Trial ${trial.trial}  `, 'strong'),
    segment(`${glyph} ${word}`, tone),
    segment(`  ${placeOf(state, trial, glyphs.unknown)}`, 'muted'),
    segment(`  proposed as ${trial.origin}`, 'muted'),
  );
}

/** All parameters in as many columns as fit, sorted by name down the columns. */
function configurationLines(trial: TrialState, columns: number, glyphs: Glyphs): Line[] {
  const names = Object.keys(trial.configuration).sort();
  const label = Math.max(8, ...names.map(cells)) + 1;
  const width = label + 12;
  const across = Math.max(1, Math.floor((columns - 1) / width));
  const down = Math.ceil(names.length / across);
  return Array.from({ length: down }, (_, row) =>
    line(
      segment(' '),
      ...Array.from({ length: across }, (_, index) => names[index * down + row]).flatMap((name) =>
        name === undefined
          ? []
          : [
              segment(column(name, label, 'left', glyphs), 'muted'),
              segment(column(parameterOf(trial.configuration, name, glyphs.unknown), 12, 'left', glyphs)),
            ],
      ),
    ),
  );
}

const rungWidths = [5, 10, 11, 9, 9, 9, 9, 11] as const;

function rungLine(texts: readonly string[], glyphs: Glyphs): string {
  return texts.map((text, index) => column(text, rungWidths[index] ?? 8, 'right', glyphs)).join(' ');
}

function rungFields(record: RungRecord, unit: string, nowSeconds: number, glyphs: Glyphs): string[] {
  const { unknown } = glyphs;
  const head = [String(record.rung + 1), resource(record.resource, unit, unknown)];
  switch (record.status) {
    case 'running':
      return [...head, 'running', seconds(nowSeconds - record.startedAt, unknown)];
    case 'failed':
      return [...head, failureWord(record.reason), seconds(record.failedAt - record.startedAt, unknown)];
    case 'finished': {
      const { wallSeconds, score, loss, images, trainSeconds } = record.result;
      const rate = trainSeconds > 0 ? number4(images / trainSeconds, unknown) : unknown;
      const numbers = [accuracy(score, unknown), number4(loss, unknown), count(images, unknown), rate];
      return [...head, 'finished', seconds(wallSeconds, unknown), ...numbers];
    }
    default:
      return unreachable(record);
  }
}

function rungLines(state: StudyState, trial: TrialState, nowSeconds: number, columns: number, glyphs: Glyphs): Line[] {
  const unit = resourceUnit(state);
  const heading = ['rung', 'resource', 'state', 'seconds', 'top-1', 'loss', 'images', 'images/s'];
  const lines = [line(segment(rungLine(heading, glyphs), 'muted'))];
  for (const record of trial.rungs) {
    const tone = record.status === 'failed' ? 'bad' : record.status === 'running' ? 'running' : 'plain';
    lines.push(line(segment(rungLine(rungFields(record, unit, nowSeconds, glyphs), glyphs), tone)));
    if (record.status === 'failed') {
      lines.push(...failureLines(failureWord(record.reason), record, columns, glyphs));
    }
  }
  return trial.rungs.length === 0 ? [line(segment(' no rung yet', 'muted'))] : lines;
}

/** What the network costs, as the last finished rung tells. */
function networkLines(trial: TrialState, glyphs: Glyphs): Line[] {
  const last = trial.rungs.findLast((record) => record.status === 'finished');
  if (last?.status !== 'finished') return [];
  const { parameters, macsPerImage, activationBytesPerImage } = last.result;
  const million = (value: number) => `${number4(value / 1e6, glyphs.unknown)} M`;
  const of = [
    [million(parameters), 'parameters'],
    ...(macsPerImage === undefined ? [] : [[million(macsPerImage), 'multiply-accumulates an image']]),
    ...(activationBytesPerImage === undefined
      ? []
      : [[`${number4(activationBytesPerImage / 2 ** 20, glyphs.unknown)} MiB`, 'of activations an image in training']]),
  ];
  return [line(...of.flatMap(([value = '', what = '']) => [segment(` ${value}`), segment(` ${what} `, 'muted')]))];
}

/** Points of a trial's loss over the schedule of the rung that runs or ran last. */
export function trialCurve(trial: TrialState, columns: number, rows: number, glyphs: Glyphs): Line[] {
  const points = trial.curve.map(({ fraction, loss }) => ({ x: fraction, y: loss }));
  return plot(points, columns - 1, rows, 'search', glyphs);
}

/** Everything about one trial: rungs with results and failures, configuration, and the curve in the rows left. */
export function detailLines(
  state: StudyState,
  trial: TrialState,
  nowSeconds: number,
  size: { readonly columns: number; readonly rows: number },
  glyphs: Glyphs,
): Line[] {
  const lines = [
    titleLine(state, trial, glyphs),
    ...rungLines(state, trial, nowSeconds, size.columns, glyphs),
    ...networkLines(trial, glyphs),
    line(),
    ...configurationLines(trial, size.columns, glyphs),
  ];
  const height = Math.max(5, Math.min(16, size.rows - lines.length - 2));
  const heading = line(segment(' training loss over the schedule of the last rung', 'muted'));
  return [...lines, line(), heading, ...trialCurve(trial, size.columns, height, glyphs)];
}
