import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPack } from '../../src/data/pack/open.js';
import type { PackedDataset, PackedSplit } from '../../src/data/types.js';
import { readCheckpoint } from '../../src/training/checkpoint.js';
import type { RungAssignment } from '../../src/trial/protocol.js';
import { runRung } from '../../src/trial/rung.js';
import { stubContext, stubEngine } from './stub.js';
import { tinyPack } from './tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'rung-'));
let data = '';
beforeAll(async () => {
  data = await tinyPack(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const configuration = { 'network.width': 4, 'network.stages': 2, resolution: 16, 'optimizer.batchSize': 16 };

/** 40 steps, of which the last 16 cool down. */
function assignment(name: string, more: Partial<RungAssignment> = {}): RungAssignment {
  return {
    type: 'rung',
    sentAtSeconds: 0,
    killAtSeconds: 1e6,
    data,
    seed: 'seed',
    configuration,
    threads: 1,
    memoryShare: 1,
    saveEverySeconds: 2,
    trial: 0,
    rung: 0,
    unit: 'samples',
    from: 0,
    to: 640,
    anneal: 'trunk',
    cooldown: 0.4,
    subset: 1,
    resample: false,
    classes: 1,
    resolution: 16,
    directory: join(folder, name),
    ...more,
  };
}

/** Runs a rung on a clock that moves by half a second a step; it dies in the step after `steps`. */
async function run(given: RungAssignment, steps = Number.POSITIVE_INFINITY, pause?: () => Promise<void>) {
  let updates = 0;
  const { context, messages } = stubContext(
    0,
    0.25,
    ({ program }) => {
      if (program !== 'apply') return;
      if (updates === steps) throw new Error('died');
      updates++;
    },
    pause ? { pause } : {},
  );
  const outcome = await runRung(given, context).catch((error: Error) => {
    if (error.message !== 'died') throw error;
    return null;
  });
  const told = messages.flatMap((message) => (message.type === 'told' ? [message.message] : []));
  return { outcome, updates, told, messages };
}

const trunkOf = (name: string) => join(folder, name, 'trunk.checkpoint');
const rungOf = (name: string) => join(folder, name, 'rung.checkpoint');
const modelOf = (name: string) => join(folder, name, 'model.checkpoint');

/** The tiny pack with its images taken for those of four classes. */
function fourClasses(): PackedDataset {
  const two = openPack(data);
  const relabelled = (split: PackedSplit) => ({ ...split, labels: split.labels.map((_, index) => index % 4) });
  const { train, validation, test } = two.splits;
  const splits = { train: relabelled(train), validation: relabelled(validation), test };
  return { ...two, classes: ['a', 'b', 'c', 'd'], splits };
}

describe('a rung of some of the classes', () => {
  it('is judged on the images of these alone, and those of the others count as wrong', async () => {
    // Takes every image for one of the first class, one of three that are trained on.
    const engine = stubEngine(() => undefined, 16, 4);
    const { context } = stubContext(0, 0, undefined, { engine, openData: fourClasses });
    const some = await runRung(assignment('some classes', { classes: 0.75 }), context);
    expect(some).toMatchObject({ type: 'rung-result', evaluatedImages: 24, score: (8 / 24) * (24 / 32) });
    const all = await runRung(assignment('all classes'), context);
    expect(all).toMatchObject({ type: 'rung-result', evaluatedImages: 32, score: 8 / 32 });
  });
});

describe('regularisation', () => {
  /** Smoothing of the labels in each step: of two classes, half of it is the lower target. */
  async function smoothing(name: string, more: Partial<RungAssignment>, fullEpochs: number) {
    const seen: number[] = [];
    const { context } = stubContext(0, 0.25, ({ program, feeds }) => {
      if (program === 'accumulate') seen.push(2 * Math.min(...(feeds['targets'] ?? [])));
    });
    const options = { 'regularisation.labelSmoothing': 0.2, 'regularisation.fullEpochs': fullEpochs };
    await runRung(assignment(name, { ...more, configuration: { ...configuration, ...options } }), context);
    return seen;
  }
  const close = (values: readonly number[]) => values.map((value) => Number(value.toFixed(3)));

  it('is in full whatever the length of the rung where the recipe names no epochs for that', async () => {
    expect(new Set(close(await smoothing('in-full', { unit: 'epochs', to: 1 }, 0)))).toEqual(new Set([0.2]));
  });

  it('takes the part that the epochs at the end of the rung are of those that are regularised in full', async () => {
    const seen = await smoothing('part', { unit: 'epochs', to: 4 }, 10);
    expect(new Set(close(seen))).toEqual(new Set([0.08]));
    const promoted = await smoothing('part', { unit: 'epochs', rung: 1, from: 4, to: 8 }, 10);
    expect(new Set(close(promoted))).toEqual(new Set([0.16]));
  });

  it('follows the pace of a rung of seconds, once that is known', async () => {
    const images = openPack(data).splits.train.count;
    const seen = close(await smoothing('seconds', { unit: 'seconds', to: 40 }, 50));
    // Half a second a step of 16 images; the first one is not charged.
    const epochs = (80 * 16) / images;
    expect(seen[0]).toBe(0);
    for (const strength of seen.slice(seen.length / 2)) expect(strength).toBeCloseTo((0.2 * epochs) / 50, 2);
    expect(seen.at(-1)).toBeGreaterThan(0.02);
    expect(seen.at(-1)).toBeLessThan(0.2);
  });
});

describe('statistics of the averaged weights', () => {
  it('are computed before the rung is judged, where the recipe asks for it', async () => {
    const programs: string[] = [];
    const { context } = stubContext(0, 0.25, ({ program }) => programs.push(program));
    const options = { ...configuration, 'average.statistics': 'recomputed' };
    await runRung(assignment('recomputed', { to: 6400, configuration: options }), context);
    const runs = programs.map((program, index) => [program, index] as const);
    const recalibrations = runs.filter(([program]) => program === 'recalibrate.16').map(([, index]) => index);
    const images = openPack(data).splits.train.count;
    expect(recalibrations.length).toBeGreaterThanOrEqual(Math.ceil(Math.min(images, 192) / 64));
    expect(Math.min(...recalibrations)).toBeGreaterThan(programs.lastIndexOf('apply'));
    expect(Math.max(...recalibrations)).toBeLessThan(programs.indexOf('evaluate'));
  });

  it.each([
    ['classes', { classes: 0.75 }, 48],
    ['images', { subset: 0.5 }, 32],
  ])('are those of the images that the rung trains on where these are of some %s', async (name, part, images) => {
    const seen = { trained: new Set<string>(), recalibrated: [] as string[] };
    const engine = stubEngine(
      ({ program, feeds }) => {
        const pixels = feeds['images'] ?? new Uint8Array();
        const shown = Array.from({ length: pixels.length / 768 }, (_, image) =>
          pixels.slice(image * 768, (image + 1) * 768).join(),
        );
        if (program === 'accumulate') for (const image of shown) seen.trained.add(image);
        if (program === 'recalibrate.16') seen.recalibrated.push(...shown);
      },
      16,
      4,
    );
    const { context } = stubContext(0, 0, undefined, { engine, openData: fourClasses });
    const options = {
      ...configuration,
      'average.statistics': 'recomputed',
      'augmentation.flip': false,
      'augmentation.pad': 0,
    };
    await runRung(assignment(`statistics of ${name}`, { to: 6400, configuration: options, ...part }), context);
    expect(seen.recalibrated).toHaveLength(images);
    for (const image of seen.recalibrated) expect(seen.trained.has(image)).toBe(true);
  });

  it('are averages else', async () => {
    const programs = new Set<string>();
    const { context } = stubContext(0, 0.25, ({ program }) => programs.add(program));
    await runRung(assignment('averaged', { to: 6400 }), context);
    expect(programs).toEqual(new Set(['accumulate', 'apply', 'evaluate']));
  });
});

describe('averages over a tail', () => {
  it('begin where that part of the whole rung is left, its trunk included', async () => {
    const tail = async (name: string, given: Partial<RungAssignment>) => {
      const seen: number[] = [];
      const { context } = stubContext(0, 0.25, ({ program, feeds }) => {
        if (program === 'apply') seen.push(feeds['averageTail']?.[0] ?? Number.NaN);
      });
      await runRung(assignment(name, { ...given, configuration: { ...configuration, 'average.tail': 0.5 } }), context);
      return [seen.indexOf(1), seen.length, seen.lastIndexOf(0)];
    };
    // 40 steps, of which the last 16 cool down.
    expect(await tail('tail', {})).toEqual([20, 40, 19]);
    // Promoted, it goes on from its trunk of 24 steps to one of 60 of 100 steps.
    expect(await tail('tail', { rung: 1, from: 640, to: 1600 })).toEqual([26, 76, 25]);
    expect(await tail('tail-restart', { anneal: 'restart' })).toEqual([20, 40, 19]);
  });
});

describe('a rung that dies', () => {
  it('goes on in its trunk from where it has saved last', async () => {
    await run(assignment('trunk'), 14);
    expect(readCheckpoint(trunkOf('trunk')).position.step).toBe(12);
    const { updates, outcome, told } = await run(assignment('trunk'));
    expect({ updates, told }).toEqual({ updates: 28, told: [] });
    expect(outcome).toMatchObject({ type: 'rung-result', images: 28 * 16 });
    expect(readCheckpoint(modelOf('trunk')).position).toEqual({ step: 40, images: 640, resource: 640 });
  });

  it.each(['trunk', 'restart'] as const)(
    'goes on in its annealing from where it has saved last: %s',
    async (anneal) => {
      const name = `annealing-${anneal}`;
      await run(assignment(name, { anneal }), 35);
      const { position, within } = readCheckpoint(rungOf(name));
      expect(position.step).toBeGreaterThan(30);
      expect(within).toEqual({ to: 640, done: 16 * position.step - (anneal === 'trunk' ? 384 : 0) });
      const { updates } = await run(assignment(name, { anneal }));
      expect(updates).toBe(40 - position.step);
      expect(existsSync(rungOf(name))).toBe(false);
    },
  );

  it('tells how long what it goes on from was trained, over all attempts, and nothing of the rung below', async () => {
    const seconds = async (given: RungAssignment, steps?: number) => {
      const { outcome } = await run(given, steps);
      return outcome?.type === 'rung-result' ? [outcome.earlierTrainSeconds, outcome.trainSeconds] : null;
    };
    const first = assignment('seconds');
    expect(await seconds(first, 14)).toBeNull();
    expect(await seconds(first, 20)).toBeNull();
    const { position } = readCheckpoint(rungOf('seconds'));
    // Half a second a step; the first of a stretch that was cut off is not charged where it compiles.
    expect(await seconds(first)).toEqual([0.5 * (position.step - 1), 0.5 * (40 - position.step)]);
    // 0.6 (1600 − 640) + 0.4 · 1600 images.
    expect(await seconds(assignment('seconds', { rung: 1, from: 640, to: 1600 }))).toEqual([undefined, 0.5 * 76]);
  });

  it('never takes the annealing of another rung for its own', async () => {
    await run(assignment('other', { anneal: 'restart' }), 35);
    const { updates } = await run(assignment('other', { anneal: 'restart', to: 1280, from: 640, rung: 1 }));
    expect(updates).toBe(80);
  });
});

describe('a rung with progressive resizing', () => {
  /** The names of the programs that a rung runs, without updates. */
  async function programsOf(name: string, more: Partial<RungAssignment>): Promise<readonly string[]> {
    const programs: string[] = [];
    const { context } = stubContext(0, 0.25, ({ program }) => {
      if (program !== 'apply') programs.push(program);
    });
    const resized = { ...configuration, 'progressive.from': 0.5, 'evaluation.scale': 1.5 };
    await runRung(assignment(name, { data: await sides, configuration: resized, ...more }), context);
    return programs;
  }
  const times = (program: string, count: number): readonly string[] => Array(count).fill(program);
  let sides: Promise<string>;
  beforeAll(() => {
    sides = tinyPack(join(folder, 'sides'), [8, 12, 16, 32]);
  });

  it('runs every program once, then goes through its sides and is judged at the scale', async () => {
    const programs = await programsOf('whole', { anneal: 'restart' });
    // 74 %, 77 % and 83 % of 40 steps.
    expect(programs).toEqual([
      ...['accumulate', 'accumulate.12', 'accumulate.8'],
      ...times('accumulate.8', 31),
      ...times('accumulate.12', 3),
      ...times('accumulate', 6),
      ...times('evaluate.32', 1),
    ]);
  });

  it('has the lowest side on its trunk, also where a trial is promoted, and the others while it cools down', async () => {
    const first = await programsOf('promoted', {});
    expect(first.slice(3)).toEqual([
      ...[...times('accumulate.8', 31), ...times('accumulate.12', 3), ...times('accumulate', 6)],
      'evaluate.32',
    ]);
    // The trunk goes on from 384 to 768 images, the cooldown from there to 1280.
    const second = await programsOf('promoted', { rung: 1, from: 640, to: 1280 });
    expect(second.slice(3)).toEqual([
      ...[...times('accumulate.8', 38), ...times('accumulate.12', 5), ...times('accumulate', 13)],
      'evaluate.32',
    ]);
  });
});

describe('a damaged checkpoint', () => {
  const damage = (path: string) => truncateSync(path, 100);
  const next = (name: string) => assignment(name, { rung: 1, from: 640, to: 1600 });

  it('of the cooldown is told; the rung goes on from its trunk', async () => {
    await run(assignment('cooldown'), 35);
    damage(rungOf('cooldown'));
    const { updates, told } = await run(assignment('cooldown'));
    expect(updates).toBe(16);
    expect(told).toEqual([expect.stringMatching(/rung\.checkpoint: torn.*left out$/)]);
  });

  it('of the trunk is told and replaced; the trial goes on from the model of the rung below', async () => {
    await run(assignment('lost'));
    damage(trunkOf('lost'));
    const { updates, told } = await run(next('lost'));
    // As with its trunk: 0.6 (1600 − 640) + 0.4 · 1600 images.
    expect(updates).toBe((576 + 640) / 16);
    expect(told).toEqual([
      expect.stringMatching(/trunk\.checkpoint: torn/),
      'the trial has lost its trunk: it goes on from the model of the rung below',
    ]);
    expect(readCheckpoint(trunkOf('lost')).position.resource).toBe(960);
  });

  it('of both, or none at all, lets the trial be trained anew', async () => {
    await run(assignment('all'));
    damage(trunkOf('all'));
    writeFileSync(modelOf('all'), 'no checkpoint');
    const { updates, told } = await run(next('all'));
    expect(updates).toBe(100);
    expect(told.at(-1)).toBe('the trial has lost its checkpoints: it is trained anew');
    const { updates: without } = await run(next('none'));
    expect(without).toBe(100);
  });
});

describe('a full disk', () => {
  it('costs the checkpoints only: the rung is judged all the same', async () => {
    for (const path of [trunkOf('full'), modelOf('full')]) mkdirSync(path, { recursive: true });
    const { outcome, messages } = await run(assignment('full'));
    expect(outcome).toMatchObject({ type: 'rung-result', model: null, images: 640 });
    const failed = messages.flatMap((message) => (message.type === 'write-failed' ? [message.path] : []));
    expect(new Set(failed)).toEqual(new Set([trunkOf('full'), modelOf('full')]));
  });

  it('that has room again in the meantime costs nothing', async () => {
    mkdirSync(modelOf('room'), { recursive: true });
    const { outcome } = await run(assignment('room'), undefined, async () =>
      rmSync(modelOf('room'), { recursive: true }),
    );
    expect(outcome).toMatchObject({ model: modelOf('room') });
  });
});
