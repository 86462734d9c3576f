import { formatCsvRow } from '../csv.js';
import type { StudyState } from '../state/types.js';
import { type BestConfiguration, bestFromState, formatBest } from './best.js';

/**
 * The best configurations as the text of a best.json, which `final --config` reads.
 * @param top how many at most, an integer >= 1.
 */
export function exportJson(state: StudyState, top: number): string {
  return formatBest(bestFromState(state, top));
}

const columns = [
  'rank',
  'trial',
  'score',
  'rung',
  'resource',
  'trainSeconds',
  'images',
  'parameters',
  'seed',
  'origin',
] as const satisfies readonly (keyof BestConfiguration)[];

/**
 * The best configurations as CSV: one row a configuration, then a column for every parameter that any of them has, by name; empty
 * where a configuration does not have it, or where nobody knows.
 * @param top how many at most, an integer >= 1.
 */
export function exportCsv(state: StudyState, top: number): string {
  const { configurations } = bestFromState(state, top);
  const parameters = [...new Set(configurations.flatMap(({ configuration }) => Object.keys(configuration)))].sort();
  const rows = configurations.map((one) => [
    ...columns.map((column) => String(one[column] ?? '')),
    ...parameters.map((name) => String(one.configuration[name] ?? '')),
  ]);
  return [[...columns, ...parameters], ...rows].map(formatCsvRow).join('');
}
