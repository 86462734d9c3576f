import { basename } from 'node:path';
import { unreachable } from '../../errors.js';
import type { StudyState } from '../../state/types.js';
import { failureLines } from './failure.js';
import type { Glyphs } from './glyphs.js';
import { accuracy, clock, count, number4, percent } from './numbers.js';
import { plot, sparkline } from './plot.js';
import { column, type Line, line, type Segment, segment, type Tone } from './segments.js';
import { failureWord } from './trials.js';

function statusSegment({ final, created }: StudyState, glyphs: Glyphs): Segment {
  switch (final.status) {
    case 'waiting':
      return segment(
        `${glyphs.waiting} waiting for the ${created?.mode === 'final' ? 'preparation' : 'search'}`,
        'muted',
      );
    case 'running':
      return segment(`${glyphs.running} running`, 'running');
    case 'failed':
      return segment(`${glyphs.failed} failed`, 'bad');
    case 'finished':
      return segment(`${glyphs.done} finished`, 'good');
    default:
      return unreachable(final);
  }
}

/** Two facts a line, in two columns: label, value. */
function facts(pairs: readonly (readonly [string, string, Tone?])[], columns: number, glyphs: Glyphs): Line[] {
  const half = Math.floor(columns / 2);
  const lines: Line[] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    lines.push(
      line(
        ...pairs
          .slice(index, index + 2)
          .flatMap(([label, value, tone = 'plain']) => [
            segment(` ${column(label, 14, 'left', glyphs)} `, 'muted'),
            segment(column(value, Math.max(0, half - 16), 'left', glyphs), tone),
          ]),
      ),
    );
  }
  return lines;
}

/** Whose predictions are in place: `trial 3`. */
export function submissionSource(state: StudyState, glyphs: Glyphs): string {
  const { submission } = state;
  if (submission === null) return state.created?.submissionPath === null ? 'none wanted' : 'none yet';
  return submission.source === 'trial' ? `trial ${submission.trial ?? glyphs.unknown}` : submission.source;
}

/** The submission in place: `trial 3, 10,000 rows at 1:02`. */
function submissionText(state: StudyState, glyphs: Glyphs): string {
  const { submission } = state;
  const source = submissionSource(state, glyphs);
  return submission === null
    ? source
    : `${source}, ${count(submission.rows, glyphs.unknown)} rows at ${clock(submission.at)}`;
}

function runningFacts(state: StudyState, nowSeconds: number, columns: number, glyphs: Glyphs): Line[] {
  const { final } = state;
  const { unknown } = glyphs;
  const submission = ['submission', submissionText(state, glyphs)] as const;
  if (final.status === 'waiting') {
    const begins = state.plan === null ? unknown : clock(state.plan.searchEndsAt);
    const ends = state.plan === null ? unknown : clock(state.plan.endsAt);
    return facts([['begins at', begins], ['ends at', ends], submission], columns, glyphs);
  }
  const point = final.curve.at(-1);
  const end =
    final.status === 'finished'
      ? (['top-1', accuracy(final.result.score, unknown), 'good'] as const)
      : ([
          'time left',
          `${clock(final.start.endsAt - nowSeconds)} until ${clock(final.start.endsAt)}`,
          'strong',
        ] as const);
  const checkpoint =
    final.status === 'finished'
      ? basename(final.result.model ?? '') || 'not saved'
      : basename(final.checkpoints.at(-1)?.path ?? '') || 'none yet';
  return facts(
    [
      end,
      ['schedule', final.status === 'finished' ? percent(1) : point === undefined ? unknown : percent(point.fraction)],
      ['loss', number4(point?.loss, unknown)],
      ['learning rate', number4(point?.learningRate, unknown)],
      ['epochs', number4(final.epochs, unknown)],
      ['images/s', number4(point?.imagesPerSecond, unknown)],
      ['checkpoint', checkpoint],
      submission,
    ],
    columns,
    glyphs,
  );
}

/** The final run: how it stands, what went wrong before, learning rate, and the curve of the training loss in the rows left. */
export function finalLines(
  state: StudyState,
  nowSeconds: number,
  columns: number,
  rows: number,
  glyphs: Glyphs,
): Line[] {
  const { final } = state;
  if (state.created?.mode === 'search') return [line(segment(' no final run: this is a search', 'muted'))];
  const title = line(
    segment(' '),
    statusSegment(state, glyphs),
    segment(
      final.status === 'waiting'
        ? ''
        : `   configuration of trial ${final.start.trial}   attempt ${final.start.attempt}`,
    ),
  );
  const failures = final.status === 'running' || final.status === 'failed' ? final.failures : [];
  const failed = failures
    .slice(-3)
    .flatMap((failure) =>
      failureLines(`${clock(failure.at)} ${failureWord(failure.reason)}`, failure, columns, glyphs),
    );
  const top = [title, ...runningFacts(state, nowSeconds, columns, glyphs), ...failed];
  if (final.status === 'waiting') return top;
  const rates = sparkline(
    final.curve.map(({ learningRate }) => learningRate),
    Math.max(0, columns - 18),
    glyphs,
  );
  const rate = line(segment(` ${column('rate so far', 14, 'left', glyphs)} `, 'muted'), segment(rates, 'search'));
  const points = final.curve.map(({ fraction, loss }) => ({ x: fraction, y: loss }));
  const height = Math.max(5, rows - top.length - 3);
  return [
    ...top,
    rate,
    line(),
    line(segment(' training loss over the schedule', 'muted')),
    ...plot(points, columns - 1, height, 'final', glyphs),
  ];
}
