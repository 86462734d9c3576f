// One table: the variants of one net take turns on the same cores.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchingOthers } from './machine.js';
import { mean, median } from './statistics.js';
import { environmentOf } from './variants.js';
import { WorkerProcess } from './worker-process.js';

const comparedSteps = 3;
const fewestSteps = 2;
const mostSteps = 3000;

const pick = ({ precision, device = 'cpu' }) => ({ precision, device });

/** Starts a variant's process and checks that it has built the same network. */
export async function startWorker(variant, prepared, { tools, threads, core }) {
  const { job, folder, parameters } = prepared;
  const file = join(folder, `${variant.id}-${threads}-${core}.json`);
  writeFileSync(file, JSON.stringify({ ...job, threads, ...pick(variant), tfjsFolder: tools.tfjsFolder }));
  const [command, ...args] = variant.command(tools);
  const worker = new WorkerProcess({
    command,
    args: [...args, file],
    env: environmentOf(variant, threads),
    core,
  });
  try {
    const ready = await worker.answer();
    if (ready.parameters !== parameters) {
      throw new Error(`built ${ready.parameters} parameters, not ${parameters}`);
    }
    return { variant, worker, threads, description: ready.description };
  } catch (error) {
    await worker.end();
    throw error;
  }
}

/** The losses and the state after the first steps, and how many steps then fill a turn. */
export async function firstSteps({ worker }, turnSeconds) {
  const { losses, stepSeconds } = await worker.ask({ steps: comparedSteps });
  const state = await worker.ask({ state: true });
  await worker.ask({ timed: true });
  const { stepSeconds: again } = await worker.ask({
    steps: Math.max(2, Math.min(20, Math.floor(1 / stepSeconds.at(-1)))),
  });
  const steps = Math.round(turnSeconds / median(again));
  return { losses, state, steps: Math.min(mostSteps, Math.max(fewestSteps, steps)) };
}

/** A turn of one worker or of several at a time. */
export async function takeTurn(workers, steps) {
  const { result, othersCores } = await watchingOthers(
    () => Promise.all(workers.map(({ worker }) => worker.ask({ steps }))),
    (answers) => answers.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  );
  const seconds = result.map(({ stepSeconds }) => median(stepSeconds));
  if (result.some(({ losses }) => !losses.every(Number.isFinite))) throw new Error('the loss is no longer finite');
  return { steps, stepSeconds: seconds, meanStepSeconds: result.map((one) => mean(one.stepSeconds)), othersCores };
}

/**
 * Measures the variants of a net in turns; every second round goes backwards.
 * @param onProgress told in words what happens.
 * @returns rows in the order of the variants, with `failure` where one did not work.
 */
export async function measureTable(prepared, variants, options, onProgress) {
  const { rounds, turnSeconds } = options;
  const rows = variants.map((variant) => ({ variant, threads: options.threads, rounds: [], failure: null }));
  const attempt = async (row, run) => {
    if (row.failure !== null) return;
    try {
      await run();
    } catch (error) {
      row.failure = error.message;
      await row.started?.worker.end();
    }
  };
  try {
    for (const row of rows) {
      await attempt(row, async () => {
        onProgress(`starting ${row.variant.label}`);
        row.started = await startWorker(row.variant, prepared, options);
        row.first = await firstSteps(row.started, turnSeconds);
        row.description = row.started.description;
      });
    }
    for (let round = 0; round < rounds; round++) {
      for (const row of round % 2 === 0 ? rows : rows.toReversed()) {
        onProgress(`round ${round + 1} of ${rounds}: ${row.variant.label}`);
        await attempt(row, async () => {
          row.rounds[round] = await takeTurn([row.started], row.first.steps);
        });
      }
    }
    for (const row of rows) row.peakBytes = row.failure === null ? row.started.worker.peakBytes : null;
  } finally {
    await Promise.all(rows.map((row) => row.started?.worker.end()));
  }
  return rows;
}

export const removeJob = ({ folder }) => rmSync(folder, { recursive: true, force: true });
