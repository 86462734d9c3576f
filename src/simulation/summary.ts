import seedrandom from 'seedrandom';
import { mean, quantileSorted } from 'simple-statistics';
import { table } from '../report/table.js';
import type { SimulationResult } from './simulate.js';

/** What a method reaches with a budget: its mean regret over the tasks, and how far other seeds might move it. */
export interface BudgetSummary {
  readonly k: number;
  /** Mean over tasks of the mean over seeds. */
  readonly regret: number;
  /** Percentiles 2.5 and 97.5 of that mean with the seeds drawn anew, task by task. */
  readonly interval: readonly [number, number];
  readonly tasks: number;
  readonly seeds: number;
  readonly searchShare: number;
  readonly trials: number;
  /** Median and 95th percentile over the runs of what the study's reactions took there, in milliseconds. */
  readonly decisionMilliseconds: { readonly p50: number; readonly p95: number };
}

const resamples = 2000;

/** One summary a budget, ascending. The bootstrap has a seed of its own: the same results give the same intervals. */
export function summarize(results: readonly SimulationResult[]): readonly BudgetSummary[] {
  const budgets = [...new Set(results.map(({ k }) => k))].sort((a, b) => a - b);
  return budgets.map((k) => {
    const own = results.filter((result) => result.k === k);
    const byTask = [...new Set(own.map(({ task }) => task))].map((task) =>
      own.filter((result) => result.task === task).map((result) => result.regret),
    );
    const median = (values: readonly number[]) =>
      quantileSorted(
        [...values].sort((a, b) => a - b),
        0.5,
      );
    return {
      k,
      regret: mean(byTask.map((regrets) => mean(regrets))),
      interval: bootstrap(byTask),
      tasks: byTask.length,
      seeds: new Set(own.map(({ seed }) => seed)).size,
      searchShare: mean(own.map(({ search_share }) => search_share)),
      trials: mean(own.map(({ trials }) => trials)),
      decisionMilliseconds: {
        p50: median(own.map(({ decision_ms }) => decision_ms.p50)),
        p95: median(own.map(({ decision_ms }) => decision_ms.p95)),
      },
    };
  });
}

function bootstrap(byTask: readonly (readonly number[])[]): readonly [number, number] {
  const random = seedrandom.alea('bootstrap');
  const redraw = (values: readonly number[]) =>
    mean(values.map(() => values[Math.floor(random() * values.length)] ?? 0));
  const means = Array.from({ length: resamples }, () => mean(byTask.map(redraw))).sort((a, b) => a - b);
  return [quantileSorted(means, 0.025), quantileSorted(means, 0.975)];
}

/** The summaries of one method as lines of text. */
export function summaryTable(summaries: readonly BudgetSummary[]): readonly string[] {
  const head = ['k', 'regret', '95 % interval', 'tasks', 'seeds', 'search share', 'trials', 'decision ms p50', 'p95'];
  const rows = summaries.map(({ k, regret, interval, tasks, seeds, searchShare, trials, decisionMilliseconds: ms }) => [
    String(k),
    regret.toFixed(3),
    `${interval[0].toFixed(3)} – ${interval[1].toFixed(3)}`,
    String(tasks),
    String(seeds),
    searchShare.toFixed(2),
    trials.toFixed(0),
    ms.p50.toFixed(2),
    ms.p95.toFixed(2),
  ]);
  return table(
    [head, ...rows],
    head.map((_, column) => column),
  );
}
