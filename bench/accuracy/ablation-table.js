import { table } from '../../dist/report/table.js';
import { mean } from '../engine/statistics.js';
import { deviation, pairedDifference } from './interval.js';

export const points = (value) => `${value < 0 ? '-' : '+'}${Math.abs(100 * value).toFixed(2)}`;
/** In points; unbounded ones of a single pair are left out. */
export const intervalText = ({ low, high }) =>
  Number.isFinite(low) ? `[${points(low)}, ${points(high)}]` : '(one pair)';

/** What the interval says of the variant. */
function verdict({ low, high }) {
  if (!Number.isFinite(low)) return '';
  if (low > 0) return 'better';
  return high < 0 ? 'worse' : 'unclear';
}

/** A row a variant: accuracy in percent, and how far it lies above the base in points, over the runs that both have made. */
export function ablationTable(lines) {
  const base = lines.filter(({ variant }) => variant === 'base');
  const names = [...new Set(lines.map(({ variant }) => variant))].sort((a, b) => (b === 'base') - (a === 'base'));
  const rows = names.map((name) => {
    const own = lines.filter(({ variant }) => variant === name);
    const accuracies = own.map(({ accuracy }) => accuracy);
    const trained = own.filter(({ images }) => images !== null);
    const cells = [
      name,
      String(own.length),
      (100 * mean(accuracies)).toFixed(2),
      own.length > 1 ? (100 * deviation(accuracies)).toFixed(2) : '',
      trained.length > 0 ? mean(trained.map(({ epochs }) => epochs)).toFixed(1) : '',
      trained.length > 0 ? mean(trained.map(({ trainSeconds }) => trainSeconds)).toFixed(1) : '',
    ];
    const difference = name === 'base' ? null : pairedDifference(own, base);
    if (difference === null) return cells;
    const bySplit = difference.bySplit.count > 1 ? intervalText(difference.bySplit) : '';
    return [...cells, points(difference.mean), intervalText(difference), bySplit, verdict(difference)];
  });
  const head = ['variant', 'runs', '%', 'sd', 'epochs', 'train s', 'points', '95 % interval', 'by split', ''];
  const isWithoutSplits = rows.every((row) => !row[8]);
  const shown = [head, ...rows].map((row) => (isWithoutSplits ? row.toSpliced(8, 1) : row));
  return table(shown, [1, 2, 3, 4, 5, 6]);
}
