import { mean } from 'simple-statistics';
import { formatDuration } from '../budget/duration.js';
import { unreachable } from '../errors.js';
import type { FailureReason } from '../state/events.js';
import { correlationText, rankCorrelations } from '../state/rank-correlation.js';
import { bestFirst, rankTrials } from '../state/ranking.js';
import { summaryOf } from '../state/summary.js';
import type { StudyState } from '../state/types.js';
import { ledgerLines } from './ledger-text.js';
import { table } from './table.js';

/** A file that a study left behind. */
export interface WrittenFile {
  readonly path: string;
  /** What it is, in a few words: `10,000 rows`. */
  readonly description: string;
}

const width = 100;
const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/**
 * What a user reads when a study has ended: why it ended, the best configuration, trials, the final run, where the time went, the GPU
 * memory, and the files. Plain text in aligned columns, at most 100 wide but for paths, which are never broken; a newline at its end.
 */
export function summarise(state: StudyState, files: readonly WrittenFile[]): string {
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['Best configuration of the search', best(state)],
    ['Trials', trials(state)],
    ['How rungs rank trials: correlation with 95 % interval', rungsRank(state)],
    ['Final run', finalRun(state)],
    ['Where the time went', ledgerLines(state)],
    ['GPU memory', gpuMemory(state)],
    ['Files', files.map(fileLine)],
  ];
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`);
  return `${wrap(headline(state)).join('\n')}\n${body.join('')}`;
}

function headline(state: StudyState): string {
  const name = state.created?.name ?? 'the study';
  const { finished } = state;
  if (finished === null) return `${name}: ${state.phase} at ${formatDuration(state.at)}`;
  return `${name}: ended after ${formatDuration(finished.at)} with exit code ${finished.exitCode}: ${finished.reason}`;
}

function best(state: StudyState): readonly string[] {
  const [first] = bestFirst(state);
  if (first === undefined) return [];
  const { score, trial, rung, result, state: own } = first;
  const facts = `trial ${trial} (${own.origin}), rung ${rung + 1}, ${thousands.format(result.parameters)} parameters`;
  const values = Object.entries(own.configuration).map(([name, value]) => [name, shown(value)] as const);
  return [`top-1 ${score.toFixed(4)} on validation images: ${facts}`, ...table(values).flatMap(wrap)];
}

function shown(value: number | string | boolean): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}

function trials(state: StudyState): readonly string[] {
  if (state.trials.length === 0) return [];
  const records = state.trials.flatMap((trial) => trial.rungs);
  const finished = records.filter((record) => record.status === 'finished').length;
  const reasons = records.flatMap((record) =>
    record.status === 'failed' && record.reason !== 'interrupted' ? [record.reason] : [],
  );
  const scored = rankTrials(state).length;
  const summary = `${state.trials.length} tried, ${scored} with a score; ${finished} rungs finished, ${reasons.length} failed`;
  return wrap(`${summary}${tally(reasons)}`);
}

function tally(reasons: readonly FailureReason[]): string {
  const counts = new Map<FailureReason, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${count} ${words(reason)}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function words(reason: FailureReason): string {
  switch (reason) {
    case 'crash':
      return 'crashed';
    case 'hang':
      return 'hung';
    case 'over-time':
      return 'over time';
    case 'diverged':
      return 'diverged';
    case 'out-of-memory':
      return 'out of memory';
    case 'protocol':
      return 'broke the protocol';
    case 'data':
      return 'could not read its data';
    case 'error':
      return 'ended with an error';
    case 'interrupted':
      return 'interrupted';
    default:
      return unreachable(reason);
  }
}

function rungsRank({ trials }: StudyState): readonly string[] {
  return rankCorrelations(summaryOf(trials).levels).map(correlationText).flatMap(wrap);
}

function finalRun(state: StudyState): readonly string[] {
  const { final } = state;
  switch (final.status) {
    case 'waiting':
      return [];
    case 'running':
      return [`trial ${final.start.trial}, still running, ${final.epochs.toFixed(1)} epochs so far`];
    case 'failed': {
      const reasons = final.failures.map(({ reason }) => reason);
      const last = final.failures.at(-1)?.message ?? 'no message';
      return wrap(
        `trial ${final.start.trial}, failed after ${final.epochs.toFixed(1)} epochs${tally(reasons)}; ${last}`,
      );
    }
    case 'finished': {
      const { epochs, images, score } = final.result;
      // Earlier attempts have seen some of the images: their number and the last one's seconds say nothing together.
      const rates = final.curve.map(({ imagesPerSecond }) => imagesPerSecond);
      const rate = rates.length > 0 ? `, ${thousands.format(mean(rates))} images/s` : '';
      const judged = score === null ? '' : `, top-1 ${score.toFixed(4)} on validation images`;
      const views = final.result.views ?? [];
      return [
        `trial ${final.start.trial}, ${epochs.toFixed(1)} epochs, ${thousands.format(images)} images${rate}${judged}`,
        ...(views.length > 1 ? wrap(`predictions are means of ${views.length} views: ${views.join(', ')}`) : []),
      ];
    }
    default:
      return unreachable(final);
  }
}

/** What was planned, what TensorFlow took and what nvidia-smi saw, side by side. */
function gpuMemory({ gpuMemory: memory }: StudyState): readonly string[] {
  if (memory === null) return [];
  const { estimatedBytes, allocatedBytes, measuredBytes, limitBytes } = memory;
  const size = (bytes: number | null) => (bytes === null ? 'unknown' : `${thousands.format(bytes / 2 ** 20)} MiB`);
  return table(
    [
      ['largest training step by its plan', size(estimatedBytes)],
      ["TensorFlow's pool at its largest", size(allocatedBytes)],
      ['all processes at most, by nvidia-smi', size(measuredBytes)],
      ['limit', size(limitBytes)],
    ],
    [1],
  );
}

function fileLine({ path, description }: WrittenFile): string {
  return `${path}  (${description})`;
}

/** Breaks at spaces where a line and its indentation would be too wide; the rest is indented. */
function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width - 2) {
    const space = rest.lastIndexOf(' ', width - 2);
    const cut = space > 4 ? space : width - 2;
    lines.push(rest.slice(0, cut));
    rest = `    ${rest.slice(cut).trimStart()}`;
  }
  return [...lines, rest];
}
