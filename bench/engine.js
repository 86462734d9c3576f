// Throughput of the engine in use on random images: `npm run bench -- engine [SECONDS]`. One process alone, then one a core side by side: the ratio
// of the two is what parallel trials share.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const shapes = [
  { family: 'residual', width: 8, blocks: 1, stages: 4, stem: 'small', resolution: 28, batch: 64 },
  { family: 'residual', width: 16, blocks: 1, stages: 4, stem: 'small', resolution: 28, batch: 64 },
  { family: 'residual', width: 16, blocks: 1, stages: 4, stem: 'small', resolution: 28, batch: 128 },
  { family: 'residual', width: 16, blocks: 1, stages: 3, stem: 'medium', resolution: 28, batch: 64 },
  { family: 'residual', width: 32, blocks: 1, stages: 4, stem: 'medium', resolution: 28, batch: 64 },
  { family: 'plain', width: 16, blocks: 1, stages: 3, stem: 'medium', resolution: 28, batch: 64 },
  { family: 'residual', width: 32, blocks: 1, stages: 4, stem: 'medium', resolution: 64, batch: 64 },
];

async function measure(seconds) {
  const { chooseEngine } = await import('../dist/engine/choose.js');
  const { measureThroughput } = await import('../dist/engine/probe.js');
  const { describeNetwork } = await import('../dist/network/describe.js');
  const { engine } = await chooseEngine(process.env.HYPERBUDGET_ENGINE);
  const rows = [];
  for (const { batch, ...shape } of shapes) {
    const plan = describeNetwork({ ...shape, classes: 10 });
    const options = { batchSize: batch, side: shape.resolution, classes: 10, seconds };
    const rates = await measureThroughput(
      engine,
      plan.programs,
      plan.initialValues('bench'),
      options,
      () => performance.now() / 1000,
    );
    rows.push({ ...rates, macs: plan.macsPerImage, parameters: plan.parameters });
  }
  return { engine: engine.name, rows };
}

const child = (seconds) =>
  new Promise((resolve, reject) => {
    const process_ = fork(fileURLToPath(import.meta.url), [String(seconds)], {
      env: { ...process.env, HYPERBUDGET_BENCH_CHILD: '1' },
    });
    process_.once('message', resolve);
    process_.once('error', reject);
  });

export async function main([seconds = '4']) {
  const cores = availableParallelism();
  const alone = await child(Number(seconds));
  const together = await Promise.all(Array.from({ length: cores }, () => child(Number(seconds))));
  console.log(`engine ${alone.engine}, images/s\n`);
  console.log(`network                              batch  MMACs  train   GMAC/s  infer   ${cores} at a time  ratio`);
  for (const [index, { family, width, blocks, stages, stem, resolution, batch }] of shapes.entries()) {
    const row = alone.rows[index];
    const sum = together.reduce((total, one) => total + one.rows[index].trainImagesPerSecond, 0);
    console.log(
      [
        `${family} ${width} x${stages} b${blocks} ${stem} ${resolution}px`.padEnd(35),
        String(batch).padStart(6),
        (row.macs / 1e6).toFixed(1).padStart(6),
        row.trainImagesPerSecond.toFixed(0).padStart(6),
        ((3 * row.macs * row.trainImagesPerSecond) / 1e9).toFixed(1).padStart(8),
        row.inferenceImagesPerSecond.toFixed(0).padStart(6),
        sum.toFixed(0).padStart(11),
        (sum / row.trainImagesPerSecond).toFixed(2).padStart(7),
      ].join(' '),
    );
  }
}

if (process.env.HYPERBUDGET_BENCH_CHILD) {
  process.send(await measure(Number(process.argv[2])), () => process.exit(0));
}
