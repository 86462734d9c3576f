import { table } from '../../dist/report/table.js';
import { mean } from '../engine/statistics.js';
import { intervalText, points } from './ablation-table.js';
import { deviation, pairedDifference } from './interval.js';

const seconds = (value) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}`;

/**
 * A row a method: accuracy in percent, how late its process ended (early where negative; mean, earliest and latest), and how far ours lies above it in
 * points over the runs that both have made.
 */
export function peersTable(lines) {
  const scored = lines.filter(({ accuracy }) => accuracy !== null);
  const ours = scored.filter(({ method }) => method === 'ours');
  const rows = [...new Set(lines.map(({ method }) => method))].map((name) => {
    const own = scored.filter(({ method }) => method === name);
    const all = lines.filter(({ method }) => method === name);
    const late = all.map(({ lateSeconds }) => lateSeconds);
    const accuracies = own.map(({ accuracy }) => accuracy);
    const cells = [
      name,
      String(own.length),
      String(all.length - own.length),
      own.length > 0 ? (100 * mean(accuracies)).toFixed(2) : '',
      own.length > 1 ? (100 * deviation(accuracies)).toFixed(2) : '',
      `${seconds(mean(late))} (${seconds(Math.min(...late))} to ${seconds(Math.max(...late))})`,
    ];
    const difference = name === 'ours' ? null : pairedDifference(ours, own);
    if (difference === null) return cells;
    const bySplit = difference.bySplit.count > 1 ? intervalText(difference.bySplit) : '';
    return [...cells, points(difference.mean), intervalText(difference), bySplit];
  });
  const head = ['method', 'runs', 'failed', '%', 'sd', 'late s', 'ours above it', '95 % interval', 'by split'];
  return table([head, ...rows], [1, 2, 3, 4, 5, 6]);
}
