import { parseBenchmark } from '../../src/simulation/benchmark.js';
import type { CurveSource } from '../../src/simulation/curve.js';
import type { SimulationSettings } from '../../src/simulation/simulate.js';
import { CurveTable } from '../../src/simulation/table.js';
import type { Configuration } from '../../src/space/types.js';

/** A benchmark with every kind of parameter, as its file has it. */
export const written = {
  benchmark: 'made-up',
  eta: 3,
  budget_multiples: [2, 4],
  min_epoch: 1,
  max_epoch: 9,
  space: [
    { name: 'depth', type: 'int', lower: 1, upper: 4, condition: { parent: 'model', values: ['tree'] } },
    { name: 'rate', type: 'float', lower: 0.001, upper: 1, log: true },
    { name: 'model', type: 'categorical', choices: ['tree', 'net'] },
    { name: 'shuffle', type: 'boolean' },
    { name: 'units', type: 'uniform_int', lower: 8, upper: 512, log: true },
    { name: 'layers', type: 'int', lower: 1, upper: 3 },
    { name: 'dropout', type: 'float', lower: 0, upper: 0.5 },
    { name: 'size', type: 'ordinal', sequence: ['small', 'middle', 'large'] },
    { name: 'version', type: 'constant', value: 2 },
  ],
  conditions: [
    { child: 'layers', parent: 'model', type: 'EQ', value: 'net' },
    {
      type: 'AND',
      child: 'dropout',
      components: [
        { parent: 'layers', type: 'IN', values: [2, 3] },
        { parent: 'shuffle', type: 'EQ', value: 'True' },
      ],
    },
    { child: 'units', parent: 'model', type: 'NEQ', value: 'tree' },
  ],
  tasks: [
    { id: 7, mean_full_seconds: 90, best_accuracy: 95, median_random_accuracy: 60, budgets_seconds: { '4': 400 } },
    { id: 'other', mean_full_seconds: 50, best_accuracy: 90, median_random_accuracy: 50, table: 'other.jsonl' },
  ],
};

export const settings: SimulationSettings = {
  mode: 'run',
  continuation: 'resume',
  scheduler: 'hyperband',
  sampler: 'random',
  share: 'auto',
};

export const benchmark = parseBenchmark(JSON.stringify(written), '/somewhere/benchmark.json');

/** Curves by formula: the rate near 0.1 is best, large models are slow, and longer training helps. */
export const formula: CurveSource = {
  curve(_task, configuration) {
    const epochs = Array.from({ length: benchmark.maxEpoch }, (_, index) => index + 1);
    const far = Math.abs(Math.log10(Number(configuration['rate']) / 0.1));
    const each = secondsEach(configuration);
    return {
      seconds: epochs.map((epoch) => epoch * each),
      accuracy: epochs.map((epoch) => 90 - 15 * far - 30 / (1 + epoch)),
    };
  },
};

export const secondsEach = (configuration: Configuration): number => 2 ** Number(configuration['layers'] ?? 1);

/** A table of `rows` configurations with curves of one accuracy each. */
export function tableOf(task: string, rows: readonly (readonly [Configuration, number])[]): CurveTable {
  const table = new CurveTable(benchmark);
  for (const [configuration, accuracy] of rows) {
    const list = Array.from({ length: benchmark.maxEpoch }, () => accuracy);
    table.add(task, { configuration, curve: { seconds: list.map((_, index) => index + 1), accuracy: list } });
  }
  return table;
}
