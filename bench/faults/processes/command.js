import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { countsTable, quantile } from '../table.js';
import { writeTinyData } from '../tiny.js';
import { plotOf } from './plot.js';
import { removeFolder, WholeRun } from './run.js';
import { verdictOf } from './verdict.js';

const options = {
  runs: { type: 'string', default: '60' },
  seconds: { type: 'string', default: '30' },
  parallel: { type: 'string', default: '2' },
  seed: { type: 'string', default: '1' },
  run: { type: 'string' },
  keep: { type: 'boolean', default: false },
};

/** Plays one run and judges it. */
async function playOne(plot, template, engine, trace, keep) {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-faults-'));
  cpSync(template, folder, { recursive: true });
  try {
    const run = new WholeRun(plot, folder, engine, trace);
    return verdictOf(await run.play());
  } finally {
    if (keep) console.log(`kept: ${folder}`);
    else removeFolder(folder);
  }
}

function printVerdict(verdict, again) {
  const {
    run,
    condition,
    budgetSeconds,
    usedShare,
    exitCode,
    overshootSeconds,
    injected,
    broken,
    told,
    retrainedSeconds,
  } = verdict;
  const used = usedShare === null ? '-' : `${(100 * usedShare).toFixed(1)} %`;
  const words = [`run ${run}`, `${budgetSeconds} s`, condition, `${injected.length - 1} injections`, `used ${used}`];
  words.push(
    `exit ${exitCode}`,
    `over ${overshootSeconds.toFixed(2)} s`,
    `trained again ${retrainedSeconds.toFixed(1)} s`,
  );
  console.log(words.join(', '));
  for (const line of told) console.log(`  ${line}`);
  for (const rule of broken) console.log(`  BROKEN ${rule}`);
  if (broken.length > 0) console.log(`  ${again} --run ${run}`);
}

function printTable(verdicts, seconds) {
  const injected = new Map();
  for (const name of verdicts.flatMap((verdict) => verdict.injected)) injected.set(name, (injected.get(name) ?? 0) + 1);
  const sum = (value) => verdicts.reduce((total, verdict) => total + value(verdict), 0);
  const used = verdicts.flatMap(({ usedShare }) => (usedShare === null ? [] : [100 * usedShare]));
  const recoveries = verdicts.flatMap((verdict) => verdict.recoveries);
  console.log(`\n${verdicts.length} whole runs in ${seconds.toFixed(0)} s`);
  countsTable('injected', injected);
  countsTable('all runs', [
    ['kills (-9)', verdicts.flatMap((verdict) => verdict.injected).filter((name) => name.startsWith('kill -9')).length],
    ['overshoots', verdicts.filter(({ isOvershoot }) => isOvershoot).length],
    ['after the deadline, max s', Math.max(...verdicts.map(({ overshootSeconds }) => overshootSeconds)).toFixed(2)],
    ['lost trials', sum(({ lost }) => lost)],
    ['invalid submissions', verdicts.filter(({ invalid }) => invalid > 0).length],
    ['orphan processes', sum(({ orphans }) => orphans)],
    ['used budget % p1', quantile(used, 0.01).toFixed(1)],
    ['used budget % p50', quantile(used, 0.5).toFixed(1)],
    ['time to recover p50, s', quantile(recoveries, 0.5).toFixed(1)],
    ['time to recover max, s', Math.max(0, ...recoveries).toFixed(1)],
    ['trained again, s in all', sum(({ retrainedSeconds }) => retrainedSeconds).toFixed(0)],
    ['trained again, max s of a run', Math.max(...verdicts.map(({ retrainedSeconds }) => retrainedSeconds)).toFixed(1)],
    ['runs with a broken rule', verdicts.filter(({ broken }) => broken.length > 0).length],
  ]);
}

/** `faults processes`: whole real runs with kills and other faults. Sets the exit code where a promise was broken. */
export async function processesCommand(words) {
  const { values } = parseArgs({ args: words, options });
  const { seed } = values;
  const seconds = Number(values.seconds);
  const engine = process.env.HYPERBUDGET_ENGINE || 'wasm';
  const again = `npm run bench -- faults processes --seed ${seed} --seconds ${seconds}`;
  const template = mkdtempSync(join(tmpdir(), 'hyperbudget-faults-data-'));
  await writeTinyData(template);
  const started = performance.now();
  const verdicts = [];
  const single = values.run === undefined ? null : Number(values.run);
  const queue = single === null ? Array.from({ length: Number(values.runs) }, (_, run) => run) : [single];
  const trace = single === null ? () => undefined : (at, what) => console.log(`${at.toFixed(2).padStart(7)} ${what}`);
  const worker = async () => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
      const verdict = await playOne(plotOf(seed, run, seconds), template, engine, trace, values.keep);
      verdicts.push(verdict);
      printVerdict(verdict, again);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(Number(values.parallel), queue.length) }, worker));
  } finally {
    removeFolder(template);
  }
  if (verdicts.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
  printTable(verdicts, (performance.now() - started) / 1000);
}
