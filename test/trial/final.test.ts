import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OutOfMemoryError } from '../../src/engine/engine.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { peakLearningRate } from '../../src/training/schedule.js';
import { runFinal } from '../../src/trial/final.js';
import type { FinalAssignment } from '../../src/trial/protocol.js';
import { type StubRun, stubContext } from './stub.js';
import { tinyPack } from './tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'final-'));
let data = '';
beforeAll(async () => {
  data = await tinyPack(folder);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true }));

const configuration = { 'network.width': 4, 'network.stages': 2, resolution: 16, 'schedule.warmup': 0.2 };
const peak = peakLearningRate(parseRecipe(configuration));

function assignment(name: string, more: Partial<FinalAssignment> = {}): FinalAssignment {
  return {
    type: 'final',
    sentAtSeconds: 60,
    killAtSeconds: 120,
    data,
    seed: 'seed',
    configuration,
    threads: 1,
    resolution: 16,
    useValidation: false,
    endsAtSeconds: 100,
    beganAtSeconds: 0,
    memoryShare: 1,
    learningRateFactor: 1,
    directory: join(folder, name),
    predictions: join(folder, `${name}.csv`),
    ...more,
  };
}

/** Runs a final assignment that is received at `now`; gives its outcome and the learning rates of its steps as factors of the peak. */
async function finalRun(given: FinalAssignment, now: number, onRun: (run: StubRun) => void = () => undefined) {
  const factors: number[] = [];
  const { context } = stubContext(now, 0.05, (run) => {
    if (run.program === 'apply') factors.push((run.feeds['learningRate']?.[0] ?? Number.NaN) / peak);
    onRun(run);
  });
  return { outcome: await runFinal(given, context), factors };
}

/** Fails every evaluation once the predictions stand. */
const failAfter = (predictions: string) => (run: StubRun) => {
  if (run.program === 'evaluate' && existsSync(predictions)) throw new Error('the engine is lost');
};

describe('a final run', () => {
  it('without a checkpoint begins its schedule when it begins, warm-up included, however late that is', async () => {
    const { factors } = await finalRun(assignment('fresh'), 60);
    expect(factors[0]).toBeLessThan(0.2);
    expect(Math.max(...factors)).toBeGreaterThan(0.99);
    expect(factors.at(-1)).toBeLessThan(0.01);
  });

  it('with a checkpoint goes on where the clock stands', async () => {
    await finalRun(assignment('again', { endsAtSeconds: 80 }), 0);
    expect(existsSync(join(folder, 'again', 'final.checkpoint'))).toBe(true);
    const { factors } = await finalRun(assignment('again'), 60);
    expect(factors[0]).toBeCloseTo(0.5, 1);
    expect(Math.max(...factors)).toBe(factors[0]);
  });

  it('with a damaged checkpoint begins its schedule anew', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
    await finalRun(assignment('damaged'), 60);
    writeFileSync(join(folder, 'damaged', 'final.checkpoint'), 'damaged');
    const { factors } = await finalRun(assignment('damaged'), 60);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('training begins anew'));
    expect(factors[0]).toBeLessThan(0.2);
    expect(Math.max(...factors)).toBeGreaterThan(0.99);
  });

  it('tells the study what its training tells', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    let isFirst = true;
    const { messages, context } = stubContext(60, 0.05, ({ program }) => {
      if (program === 'accumulate' && isFirst) {
        isFirst = false;
        throw new OutOfMemoryError('OOM when allocating tensor');
      }
    });
    await runFinal(assignment('told'), context);
    const told = messages.filter(({ type }) => type === 'told');
    expect(told).toEqual([{ type: 'told', message: expect.stringMatching(/^the first step ran out of memory/) }]);
  });

  it('is scored on validation images it was not trained on', async () => {
    const { outcome } = await finalRun(assignment('scored'), 60);
    expect(outcome).toMatchObject({ type: 'final-result', score: 0.5 });
  });

  it('whose scoring fails keeps its predictions and has no score', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const given = assignment('unscored');
    const predictions = join(folder, 'unscored.csv');
    const { outcome } = await finalRun(given, 60, failAfter(predictions));
    expect(outcome).toMatchObject({ type: 'final-result', score: null, predictions });
    expect(readFileSync(predictions, 'utf8').trimEnd().split('\n')).toHaveLength(11);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('could not be scored'), new Error('the engine is lost'));
  });
});
