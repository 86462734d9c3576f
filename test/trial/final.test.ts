import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Engine, OutOfMemoryError, type Session } from '../../src/engine/engine.js';
import type { StudyEvent } from '../../src/state/events.js';
import { Tidying } from '../../src/study/tidy.js';
import { readCheckpoint, writeCheckpoint } from '../../src/training/checkpoint.js';
import { FinalDeadline } from '../../src/training/final-deadline.js';
import { DivergedError } from '../../src/training/loop.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { peakLearningRate } from '../../src/training/schedule.js';
import { runFinal } from '../../src/trial/final.js';
import type { FinalAssignment, TrialMessage } from '../../src/trial/protocol.js';
import { finalFiles } from '../../src/trial/whole.js';
import { stateOf, wholeStudy } from '../report/example-study.js';
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
    views: 2,
    rateCheck: null,
    endsAtSeconds: 100,
    beganAtSeconds: 0,
    memoryShare: 1,
    saveEverySeconds: 5,
    learningRateFactor: 1,
    directory: join(folder, name),
    predictions: join(folder, `${name}.csv`),
    ...more,
  };
}

/** Runs a final assignment that is received at `now`; gives its outcome and the learning rates of its steps as factors of the peak. */
async function finalRun(given: FinalAssignment, now: number, onRun: (run: StubRun) => void = () => undefined) {
  const factors: number[] = [];
  const { context, messages } = stubContext(now, 0.05, (run) => {
    if (run.program === 'apply') factors.push((run.feeds['learningRate']?.[0] ?? Number.NaN) / peak);
    onRun(run);
  });
  const outcome = await runFinal(given, context);
  const told = messages.flatMap((message) => (message.type === 'told' ? [message.message] : []));
  return { outcome, factors, told };
}

/** An engine with a loss an image of its own, by the learning rate of the last update; notes all rates. */
function engineWith(engine: Engine, loss: (rate: number) => number, rates: number[]): Engine {
  let rate = 0;
  const load: Engine['load'] = async (programs) => {
    rate = 0;
    const session = await engine.load(programs);
    const run: Session['run'] = async (program, feeds) => {
      const results = await session.run(program, feeds);
      if (program === 'apply') {
        rate = feeds['learningRate']?.[0] ?? 0;
        rates.push(rate);
      }
      const images = (feeds['images']?.length ?? 0) / (16 * 16 * 3);
      return program === 'accumulate' ? { loss: Float32Array.of(images * loss(rate)) } : results;
    };
    return { ...session, run };
  };
  return { ...engine, load };
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

  it('that began late goes on with its own schedule, not with that of the first attempt', async () => {
    await finalRun(assignment('late', { endsAtSeconds: 80 }), 60);
    const { newest } = finalFiles(join(folder, 'late'));
    expect(readCheckpoint(newest).beganAtSeconds).toBe(60);
    const { factors } = await finalRun(assignment('late'), 80);
    // Half of its time has passed, of which the first fifth warmed up.
    expect(factors[0]).toBeCloseTo(0.5 / 0.8, 1);
    // A checkpoint that does not say when its schedule began is of the first attempt.
    writeCheckpoint(newest, { ...readCheckpoint(newest), beganAtSeconds: null });
    const old = await finalRun(assignment('late', { endsAtSeconds: 130 }), 105);
    expect(old.factors[0]).toBeCloseTo(25 / 130 / 0.8, 1);
  });

  it('whose loss stays far above a guess has diverged, and goes on from weights before that with half the rate', async () => {
    const given = assignment('blown-up');
    const { context } = stubContext(0, 0.05);
    const engine = engineWith(context.engine, () => (context.now() < 30 ? 0.3 : 5 * Math.log(2)), []);
    const run = runFinal(given, { ...context, engine });
    await expect(run).rejects.toThrow(new DivergedError('its loss has risen to 3.47 where a guess has 0.69'));
    expect(context.now()).toBeLessThan(45);
    const { newest } = finalFiles(given.directory);
    const kept = readCheckpoint(newest);
    expect(kept.trainingLoss).toBeCloseTo(0.3);
    expect(kept.position.resource).toBeLessThan(30.1);
    const again = await finalRun({ ...given, learningRateFactor: 0.5 }, 60);
    expect(again.factors[0]).toBeCloseTo(0.5 * 0.5, 1);
    expect(again.outcome).toMatchObject({ type: 'final-result' });
  });

  it('saves nothing while its loss stands far above that of its last save, and saves again once that has passed', async () => {
    const { context, messages } = stubContext(0, 0.05);
    const engine = engineWith(context.engine, () => (Math.abs(context.now() - 31) < 3 ? 0.65 : 0.3), []);
    const saved: number[] = [];
    const report = (message: TrialMessage) => {
      if (message.type === 'checkpoint') saved.push(context.now());
      messages.push(message);
    };
    expect(await runFinal(assignment('spike'), { ...context, engine, report })).toMatchObject({ type: 'final-result' });
    expect(saved.filter((at) => at > 29.5 && at < 34)).toEqual([]);
    expect(saved.find((at) => at >= 34)).toBeLessThan(36);
    expect(saved.at(-1)).toBeGreaterThan(90);
  });

  it('counts images and epochs from its first weights on, also where it goes on from a checkpoint', async () => {
    const given = assignment('counted', { endsAtSeconds: 80 });
    await finalRun(given, 0);
    const before = readCheckpoint(finalFiles(given.directory).newest).position.images;
    const { context, messages } = stubContext(60, 0.05);
    const outcome = await runFinal(assignment('counted'), context);
    const counts = [...messages, outcome].flatMap((message) =>
      message.type === 'progress' || message.type === 'final-result' ? [message] : [],
    );
    const perEpoch = counts.map(({ images, epochs }) => images / epochs);
    expect(counts[0]?.images).toBeGreaterThan(before);
    expect(Math.max(...perEpoch) - Math.min(...perEpoch)).toBeLessThan(1e-6);
  });

  it('regularises as much as its epochs are of those that the recipe regularises in full, by its pace', async () => {
    const smoothing: number[] = [];
    const options = { 'regularisation.labelSmoothing': 0.2, 'regularisation.fullEpochs': 1000 };
    const given = assignment('regularised', { configuration: { ...configuration, ...options } });
    const { outcome } = await finalRun(given, 60, ({ program, feeds }) => {
      if (program === 'accumulate') smoothing.push(2 * Math.min(...(feeds['targets'] ?? [])));
    });
    const { epochs } = outcome as Extract<typeof outcome, { type: 'final-result' }>;
    expect(smoothing[0]).toBe(0);
    for (const value of smoothing.slice(smoothing.length / 10)) expect(value).toBeCloseTo((0.2 * epochs) / 1000, 2);
    expect(smoothing.at(-1)).toBeGreaterThan(0.01);
  });

  it('computes the statistics of its averaged weights before it predicts, within its deadline', async () => {
    const programs: string[] = [];
    const given = assignment('recomputed', {
      configuration: { ...configuration, 'average.statistics': 'recomputed', 'optimizer.batchSize': 16 },
    });
    const { outcome } = await finalRun(given, 60, ({ program }) => programs.push(program));
    const first = programs.indexOf('recalibrate.16');
    expect(first).toBeGreaterThan(programs.lastIndexOf('apply'));
    expect(programs.lastIndexOf('recalibrate.16')).toBeLessThan(programs.lastIndexOf('evaluate'));
    const { wallSeconds } = outcome as Extract<typeof outcome, { type: 'final-result' }>;
    expect(given.sentAtSeconds + wallSeconds).toBeLessThanOrEqual(given.endsAtSeconds);
  });

  it('with a damaged checkpoint goes on from the one before it, and with two begins its schedule anew; both is told', async () => {
    await finalRun(assignment('damaged', { endsAtSeconds: 80 }), 0);
    const directory = join(folder, 'damaged');
    writeFileSync(join(directory, 'final.checkpoint'), 'damaged');
    const previous = await finalRun(assignment('damaged'), 60);
    expect(previous.factors[0]).toBeCloseTo(0.5, 1);
    expect(previous.told).toEqual([
      expect.stringContaining('final.checkpoint: torn'),
      'the final training goes on from the checkpoint before its last',
    ]);
    for (const name of ['final.checkpoint', 'final.previous.checkpoint'])
      writeFileSync(join(directory, name), 'damaged');
    const anew = await finalRun(assignment('damaged'), 60);
    expect(anew.told.at(-1)).toBe('the final training begins anew');
    expect(anew.factors[0]).toBeLessThan(0.2);
    expect(Math.max(...anew.factors)).toBeGreaterThan(0.99);
  });

  it('always leaves a whole checkpoint, also where the disk is full and the study makes room', async () => {
    const study = join(folder, 'crowded');
    const directory = join(study, 'final');
    const newest = join(directory, 'final.checkpoint');
    await finalRun(assignment('crowded', { directory, endsAtSeconds: 80 }), 0);
    const before = readCheckpoint(newest).position.step;
    // What is written first cannot be: a folder stands in its place.
    const temporary = join(directory, `.final.checkpoint.${process.pid}.tmp`);
    mkdirSync(temporary);
    const started = wholeStudy.findIndex(({ type }) => type === 'final-started');
    const saved: StudyEvent = {
      type: 'final-checkpoint',
      at: 300,
      path: 'final/final.checkpoint',
      fraction: 0,
      images: 1,
    };
    const state = stateOf([...wholeStudy.slice(0, started + 1), saved]);
    const steps: number[] = [];
    const { context } = stubContext(60, 0.05, undefined, {
      report: (message) => {
        if (message.type !== 'write-failed') return;
        new Tidying(study, () => undefined).free(state, 'least');
        steps.push(readCheckpoint(newest).position.step);
      },
    });
    await runFinal(assignment('crowded', { directory }), context);
    expect(steps.length).toBeGreaterThan(1);
    expect(new Set(steps)).toEqual(new Set([before]));
    expect(existsSync(join(directory, 'final.previous.checkpoint'))).toBe(false);
  });

  it('does not put a damaged checkpoint in the place of the whole one before it', async () => {
    const given = assignment('half', { endsAtSeconds: 80 });
    const { newest, previous } = finalFiles(given.directory);
    await finalRun(given, 0);
    const before = readCheckpoint(previous).position.step;
    writeFileSync(newest, 'damaged');
    const steps: number[] = [];
    const { context } = stubContext(60, 0.05, undefined, {
      report: ({ type }) => {
        if (type === 'checkpoint') steps.push(readCheckpoint(previous).position.step);
      },
    });
    await runFinal(assignment('half'), context);
    expect(steps[0]).toBe(before);
    expect(steps.at(-1)).toBeGreaterThan(before);
  });

  it('goes on from its checkpoint on smaller images', async () => {
    await finalRun(assignment('smaller', { endsAtSeconds: 80 }), 0);
    const larger = readCheckpoint(join(folder, 'smaller', 'final.checkpoint'));
    writeCheckpoint(join(folder, 'smaller', 'final.checkpoint'), { ...larger, resolution: 32 });
    const { factors } = await finalRun(assignment('smaller'), 60);
    expect(factors[0]).toBeCloseTo(0.5, 1);
  });

  it('predicts before it writes its model, and ends with predictions alone where the disk takes no more', async () => {
    const directory = join(folder, 'full');
    mkdirSync(join(directory, 'model.checkpoint'), { recursive: true });
    const given = assignment('full');
    const { outcome } = await finalRun(given, 60);
    expect(outcome).toMatchObject({ type: 'final-result', model: null, predictions: given.predictions });
    expect(readCheckpoint(join(directory, 'final.checkpoint')).position.step).toBeGreaterThan(0);
  });

  it('tells of its predictions before it writes its model, and of that before it is scored', async () => {
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const given = assignment('early');
    const { model } = finalFiles(given.directory);
    const order: string[] = [];
    const { context } = stubContext(60, 0.05, undefined, {
      report: (message) => {
        if (message.type === 'predicted')
          order.push(`${message.path} ${existsSync(message.path)} ${existsSync(model)}`);
        if (message.type === 'checkpoint' && message.path === model)
          order.push(`model ${readCheckpoint(model).position.step > 0}`);
      },
    });
    await runFinal(given, context);
    expect(order).toEqual([`${given.predictions} true false`, expect.stringMatching(/^model /)]);
  });

  it('measures in its first save how long one takes that lasts, as its model must', async () => {
    const sawWrite = vi.spyOn(FinalDeadline.prototype, 'sawWrite');
    await finalRun(assignment('lasting'), 60);
    expect(sawWrite.mock.calls.map(([, durability]) => durability).slice(0, 3)).toEqual(['lasting', 'fast', 'fast']);
  });

  it('predicts nothing with weights that are no longer numbers', async () => {
    const given = assignment('not-finite');
    const { context } = stubContext(60, 0.05);
    const { engine } = context;
    const broken: typeof engine = {
      ...engine,
      load: async (programs) => ({ ...(await engine.load(programs)), read: async () => Float32Array.of(Number.NaN) }),
    };
    const run = runFinal({ ...given, saveEverySeconds: 1e6 }, { ...context, engine: broken });
    await expect(run).rejects.toBeInstanceOf(DivergedError);
    expect(existsSync(given.predictions ?? '')).toBe(false);
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

  it('goes through its sides as its schedule passes, and tells the views that its predictions average', async () => {
    const resized = { ...configuration, 'progressive.from': 0.5, 'evaluation.scale': 1.5 };
    const sides: string[] = [];
    const { context } = stubContext(0, 0.05, ({ program }) => {
      if (program.startsWith('accumulate')) sides.push(program);
    });
    const given = assignment('resized', { data: await tinyPack(join(folder, 'sides'), [8, 12, 16, 32]) });
    const outcome = await runFinal({ ...given, configuration: resized, views: 8 }, context);
    expect([...new Set(sides.slice(3))]).toEqual(['accumulate.8', 'accumulate.12', 'accumulate']);
    const part = (program: string) => sides.filter((side) => side === program).length / sides.length;
    expect(part('accumulate.8')).toBeCloseTo(0.77, 2);
    expect(part('accumulate.12')).toBeCloseTo(0.06, 2);
    expect(outcome).toMatchObject({
      views: [
        '32 px',
        '32 px mirrored',
        '16 px',
        '16 px mirrored',
        ...[-1, 1].flatMap((by) => [`32 px moved by ${by} px`, `32 px mirrored moved by ${by} px`]),
      ],
    });
  });

  it('that does not bear its learning rate begins anew at half of it, tells so, and lands all the same', async () => {
    const given = assignment('check', { rateCheck: { expected: null }, saveEverySeconds: 1 });
    const { context, messages } = stubContext(0, 0.05);
    const [rates, factors]: [number[], number[]] = [[], []];
    /** Its loss is five times that of a guess above three tenths of the peak rate. */
    const engine = engineWith(context.engine, (rate) => (rate > 0.3 * peak ? 5 * Math.log(2) : 0.3), rates);
    const outcome = await runFinal(given, { ...context, engine });
    factors.push(...rates.map((rate) => rate / peak));
    const told = messages.flatMap((message) => (message.type === 'told' ? [message.message] : []));
    expect(told).toEqual([
      expect.stringMatching(
        /^its loss has risen to 3.47 .*: the final training begins anew at 0.5 times its learning rate$/,
      ),
      expect.stringMatching(/begins anew at 0.25 times its learning rate$/),
    ]);
    // What it had saved at the higher rates is gone, and told to be.
    const path = finalFiles(given.directory).newest;
    const saves = messages.flatMap((message) =>
      message.type === 'checkpoint' && message.path === path ? [message.images] : [],
    );
    expect(saves.filter((images) => images === 0).length).toBeGreaterThan(0);
    expect(saves.at(-1)).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ type: 'final-result', predictions: given.predictions });
    const last = factors.slice(factors.lastIndexOf(Math.min(...factors.slice(0, -200))));
    expect(Math.max(...last)).toBeCloseTo(0.25, 2);
    expect(factors.at(-1)).toBeLessThan(0.01);
    const { newest, model } = finalFiles(given.directory);
    expect([newest, model].map((path) => readCheckpoint(path).learningRateFactor)).toEqual([0.25, 0.25]);
    // It goes on at the lowered rate.
    const again = await finalRun({ ...given, endsAtSeconds: 130 }, 65);
    expect(again.factors[0]).toBeLessThan(0.25);
    expect(again.told).toEqual([]);
  });

  it('whose loss is no number at its beginning begins anew where that is asked for, and has diverged elsewhere', async () => {
    const run = (given: FinalAssignment) => {
      const { context } = stubContext(0, 0.05);
      const engine = engineWith(context.engine, (rate) => (rate > 0.9 * peak ? Number.NaN : 0.3), []);
      return runFinal(given, { ...context, engine });
    };
    const checked = assignment('anew', { rateCheck: { expected: null } });
    expect(await run(checked)).toMatchObject({ type: 'final-result' });
    await expect(run(assignment('gone'))).rejects.toBeInstanceOf(DivergedError);
  });

  it('that bears no rate has diverged after three halvings', async () => {
    const { context, messages } = stubContext(0, 0.05);
    const engine = engineWith(context.engine, () => 5, []);
    const hopeless = assignment('hopeless', { rateCheck: { expected: null } });
    await expect(runFinal(hopeless, { ...context, engine })).rejects.toBeInstanceOf(DivergedError);
    expect(messages.filter(({ type }) => type === 'told')).toHaveLength(3);
  });

  it('lands on the zero of its schedule, in time, however fast its steps are when', async () => {
    const sides = tinyPack(join(folder, 'throttled'), [8, 12, 16]);
    const paces = fc.array(fc.record({ seconds: fc.double({ min: 0.02, max: 0.4, noNaN: true }), steps: fc.nat(60) }), {
      minLength: 1,
      maxLength: 8,
    });
    const hiccups = fc.array(fc.nat(300), { maxLength: 3 });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(paces, hiccups, fc.constantFrom(1, 0.5), async (phases, late, from) => {
        const steps: { readonly factor: number; readonly seconds: number }[] = [];
        let left = 0;
        let pace = phases[0]?.seconds ?? 0.1;
        let next = 0;
        /** What a run of a program takes: another pace after some steps, a second and a half now and then, more for larger images. */
        const secondsOf = (program: string): number => {
          if (left-- <= 0) {
            const phase = phases[next++ % phases.length];
            pace = phase?.seconds ?? pace;
            left = phase?.steps ?? 0;
          }
          const area = (Number(program.split('.')[1] ?? 16) / 16) ** 2;
          return area * pace + (late.includes(steps.length) && program.startsWith('accumulate') ? 1.5 : 0);
        };
        let stepSeconds = 0;
        const { context } = stubContext(0, 0, ({ program, feeds }) => {
          const seconds = program === 'apply' ? 0.001 : secondsOf(program);
          void context.pause(seconds);
          if (program.startsWith('accumulate')) stepSeconds = seconds;
          if (program === 'apply')
            steps.push({ factor: (feeds['learningRate']?.[0] ?? Number.NaN) / peak, seconds: stepSeconds });
        });
        const resized = { ...configuration, 'progressive.from': from };
        const given = assignment(`throttled-${count++}`, {
          data: await sides,
          configuration: resized,
          endsAtSeconds: 60,
        });
        expect(await runFinal(given, context)).toMatchObject({ type: 'final-result', predictions: given.predictions });
        expect(context.now()).toBeLessThanOrEqual(60);
        // The last step has begun when at most one more fitted before the end: its own time, and what the reserve has moved since.
        const longest = Math.max(...steps.slice(-12).map(({ seconds }) => seconds));
        expect(steps.at(-1)?.factor).toBeLessThanOrEqual((4 * longest) / (0.8 * 60));
        expect(Math.max(...steps.map(({ factor }) => factor))).toBeGreaterThan(0.9);
      }),
      { numRuns: 25, seed: 7 },
    );
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
