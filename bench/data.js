// Training on images from the disk against training on one batch in memory: `npm run bench -- data`. See bench/README.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readDataset } from '../dist/data/dataset.js';
import { packDataset } from '../dist/data/pack/pack.js';
import { makeImages } from './data/images.js';
import nets from './data/nets.json' with { type: 'json' };
import { prepareJob } from './engine/job.js';
import { describeMachine, quietCores, watchingOthers } from './engine/machine.js';
import { median } from './engine/statistics.js';
import { environmentOf, variants } from './engine/variants.js';
import { WorkerProcess } from './engine/worker-process.js';

const options = {
  engines: { type: 'string', default: 'native-f32,native-bf16,wasm' },
  nets: { type: 'string', default: nets.map(({ id }) => id).join() },
  workers: { type: 'string', default: '0,1' },
  rounds: { type: 'string', default: '9' },
  seconds: { type: 'string', default: '0.7' },
  threads: { type: 'string', default: String(availableParallelism()) },
  images: { type: 'string', default: '4000' },
  augmentation: { type: 'string', default: '{}' },
  data: { type: 'string' },
};

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The entries with the ids of a comma-separated list. */
function chosen(all, list) {
  return list.split(',').map((id) => {
    const found = all.find((one) => one.id === id);
    if (found === undefined) throw new Error(`expected some of ${all.map((one) => one.id)}, got ${id}`);
    return found;
  });
}

/** Starts the process of one way to get batches, and makes the first steps, which compile and allocate. */
async function start(name, worker, job, variant, folder) {
  const path = join(folder, `${name.replaceAll(' ', '-')}.json`);
  writeFileSync(path, JSON.stringify(job));
  const child = new WorkerProcess({
    command: process.execPath,
    args: [script(worker), path],
    env: environmentOf(variant, job.threads),
    core: null,
  });
  await child.answer();
  await child.ask({ steps: 3 });
  const { stepSeconds } = await child.ask({ steps: 3 });
  return { name, child, rates: [], stepSeconds: median(stepSeconds) };
}

async function measureCase(net, variant, values, pack, folder) {
  const { folder: jobFolder, job } = prepareJob(net, 1);
  const common = { ...job, precision: variant.precision, threads: Number(values.threads), pack };
  const ways = [];
  try {
    ways.push(await start('one batch', './engine/our-worker.js', common, variant, folder));
    for (const workers of values.workers.split(',').map(Number)) {
      if (workers > 0 && variant.id === 'wasm') continue;
      const name = workers === 0 ? 'same thread' : `${workers} other thread${workers > 1 ? 's' : ''}`;
      const augmentation = JSON.parse(values.augmentation);
      const real = { ...common, batchWorkers: workers, augmentation };
      ways.push(await start(name, './data/worker.js', real, variant, folder));
    }
    const steps = Math.max(2, Math.round(Number(values.seconds) / ways[0].stepSeconds));
    let others = 0;
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        const { result, othersCores } = await watchingOthers(
          () => way.child.ask({ steps }),
          ({ cpuSeconds }) => cpuSeconds,
        );
        others = Math.max(others, othersCores);
        way.rates.push((steps * net.batch) / result.stepSeconds.reduce((sum, seconds) => sum + seconds, 0));
      }
    }
    report(net, variant, ways, others);
  } finally {
    await Promise.all(ways.map(({ child }) => child.end()));
    rmSync(jobFolder, { recursive: true });
  }
}

function report(net, variant, ways, others) {
  console.log(
    `\n${variant.label}: ${net.title}${others > quietCores ? `  ! ${others.toFixed(1)} cores busy with others` : ''}`,
  );
  const [{ rates: reference }] = ways;
  for (const { name, rates } of ways) {
    const ratios = rates.map((rate, round) => rate / reference[round]).sort((a, b) => a - b);
    const part = (share) => (100 * ratios[Math.round(share * (ratios.length - 1))]).toFixed(1);
    const rate = `${median(rates).toFixed(0).padStart(7)} images/s`;
    console.log(
      `  ${name.padEnd(16)}${rate}  ${part(0.5).padStart(6)} %  (middle half ${part(0.25)} to ${part(0.75)})`,
    );
  }
}

export async function main(args) {
  const { values } = parseArgs({ args, options });
  const [measured, engines] = [chosen(nets, values.nets), chosen(variants, values.engines)];
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-data-'));
  try {
    const data = values.data ?? (await makeImages(join(folder, 'images'), Number(values.images)));
    const dataset = await readDataset(data, { seed: 1, needTest: false });
    const resolutions = [...new Set(measured.map(({ network }) => network.resolution))];
    const { pack } = await packDataset(dataset, { resolutions, cacheDirectory: join(folder, 'cache') });
    const classes = pack.classes.length;
    const { processor, cores, load } = describeMachine();
    console.log(
      `${processor}, ${cores} cores, load ${load.toFixed(1)}; ${pack.splits.train.count} images, ${values.rounds} rounds`,
    );
    for (const variant of engines) {
      for (const net of measured) {
        const fitting = { ...net, network: { ...net.network, classes } };
        await measureCase(fitting, variant, values, pack.directory, folder);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
