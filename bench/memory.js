// What computing activations again saves of memory and costs in time: `npm run bench -- memory [STEPS]`. See bench/README.md.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describeNetwork } from '../dist/network/describe.js';
import { describeMachine } from './engine/machine.js';
import { environmentOf, variants } from './engine/variants.js';

const network = {
  family: 'residual',
  width: 32,
  blocks: 2,
  stages: 3,
  stem: 'small',
  resolution: 64,
  classes: 10,
};
const batches = [32, 64];
const ids = ['native-f32', 'native-bf16', 'wasm'];
const ways = ['keeps all', 'cheap ones again', 'in segments'];
const longestSeconds = 600;
/** Losses of equivalent programs differ by rounding alone. */
const tolerances = { f32: 1e-3, bf16: 2e-2 };

/** What one way takes, from a process of its own. @throws Error in the words of that process. */
function measure(variant, batch, way, steps) {
  const job = { network, batch, way, steps, precision: variant.precision };
  const worker = fileURLToPath(new URL('memory/worker.js', import.meta.url));
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', worker, JSON.stringify(job)], {
    env: environmentOf(variant, availableParallelism()),
    encoding: 'utf8',
    timeout: longestSeconds * 1000,
  });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1));
  const reason = stderr.split('\n').find((line) => /\b\w*Error: /.test(line)) ?? `ended with ${signal ?? status}`;
  throw new Error(reason.trim().replace(/^\w*Error: /, ''));
}

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(0);
const share = (part, whole) => `${((100 * part) / whole).toFixed(0)} %`;

function printRow(cells) {
  const widths = [18, 9, 6, 13, 9, 9];
  console.log(
    cells.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[0]))).join('  '),
  );
}

function printTable(variant, batch, steps, count) {
  let whole = null;
  for (const [way, name] of ways.slice(0, count).entries()) {
    const row = measure(variant, batch, way, steps);
    if (whole === null) {
      whole = row;
      console.log(`\n${row.description}: batch ${batch}`);
      printRow(['activations', 'plan MiB', 'of all', 'measured MiB', 'of all', 'ms/step']);
    }
    const apart = Math.max(...row.losses.map((loss, step) => Math.abs(loss - whole.losses[step])));
    if (!(apart < tolerances[variant.precision])) throw new Error(`${name}: its losses are ${apart} off`);
    printRow([
      name,
      mebibytes(row.planBytes),
      share(row.planBytes, whole.planBytes),
      mebibytes(row.measuredBytes),
      share(row.measuredBytes, whole.measuredBytes),
      (1000 * row.stepSeconds).toFixed(0),
    ]);
  }
}

export async function main([given = '6']) {
  const steps = Number(given);
  if (!Number.isInteger(steps) || steps < 2) throw new Error(`STEPS: expected a whole number from 2, got ${given}`);
  const { processor, cores, load } = describeMachine();
  console.log(`${processor}, ${cores} cores, load ${load.toFixed(1)}; ${JSON.stringify(network)}`);
  const count = [...describeNetwork(network).steps()].length;
  for (const variant of variants.filter(({ id }) => ids.includes(id))) {
    for (const batch of batches) {
      try {
        printTable(variant, batch, steps, count);
      } catch (error) {
        console.log(`\n${variant.label}, batch ${batch}: not measured: ${error.message}`);
      }
    }
  }
}
