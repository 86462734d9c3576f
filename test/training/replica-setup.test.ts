import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BatchPart } from '../../src/data/batches.js';
import { openPack } from '../../src/data/pack/open.js';
import type { PackedDataset } from '../../src/data/types.js';
import type { Engine, Session } from '../../src/engine/engine.js';
import type { TrainingPrograms } from '../../src/program/types.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { openReplica, planNetwork, type ReplicaSetup } from '../../src/training/replica-setup.js';
import { stubEngine } from '../trial/stub.js';
import { tinyPack } from '../trial/tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'replica-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));

let pack: PackedDataset;
beforeAll(async () => {
  pack = openPack(await tinyPack(folder));
});

const recipe = parseRecipe({ 'network.width': 4, 'network.stages': 2, 'optimizer.batchSize': 16 });
const [whole, leaner] = [...planNetwork(recipe, 16, 2).steps()].map(({ programs }) => programs);
if (whole === undefined || leaner === undefined) throw new Error('expected a leaner way to compute a step');

const setupOf = (changes: Partial<ReplicaSetup> = {}): ReplicaSetup => ({
  engine: 'stub',
  data: pack.directory,
  sides: [16],
  recipe,
  images: { subset: 1, resample: false, classes: 1, useValidation: false, seed: 'seed' },
  variables: new Map(),
  batches: null,
  programs: whole,
  maxImages: 16,
  batchWorkers: 0,
  ...changes,
});

/** Makes a step and gives the programs that were loaded and the sizes of the runs. */
async function stepOf(changes: Partial<ReplicaSetup>, part: BatchPart = { index: 0, of: 1 }) {
  const sizes: number[] = [];
  const loaded = new Set<TrainingPrograms>();
  const engine = stubEngine(({ programs, feeds }) => {
    loaded.add(programs);
    sizes.push((feeds['images']?.length ?? 0) / (16 * 16 * 3));
  });
  const { replica, close } = await openReplica(setupOf(changes), part, engine, pack);
  await replica.accumulate();
  await close();
  return { loaded: [...loaded], sizes };
}

/** An engine whose sessions count how many of them are open. */
function counting(changes: Partial<Session> = {}) {
  const open = { sessions: 0 };
  const engine = stubEngine(() => undefined);
  const load: Engine['load'] = async (programs) => {
    const session = await engine.load(programs);
    open.sessions += 1;
    const dispose = () => {
      open.sessions -= 1;
    };
    return { ...session, ...changes, dispose };
  };
  return { open, engine: { ...engine, load } };
}

describe('a replica', () => {
  it('computes its batch as its setup says: with these programs, so many images a run', async () => {
    expect(await stepOf({})).toEqual({ loaded: [whole], sizes: [16] });
    expect(await stepOf({ programs: leaner, maxImages: 9 })).toEqual({ loaded: [leaner], sizes: [8, 8] });
  });

  it('takes its part of the batch alone', async () => {
    expect((await stepOf({}, { index: 1, of: 2 })).sizes).toEqual([8]);
  });

  it('feeds its masks and smoothed labels at the strength in use, the same however the batch is cut', async () => {
    const noisy = parseRecipe({
      ...recipe,
      'regularisation.dropout': 0.5,
      'regularisation.dropPath': 0.4,
      'regularisation.labelSmoothing': 0.2,
    });
    const { programs } = planNetwork(noisy, 16, 2);
    const names = (programs.masks ?? []).map(({ name }) => name);
    expect(names).toEqual(['stage0.0.mask', 'stage1.0.mask', 'features.mask']);
    const feeds = async (part: BatchPart, maxImages: number, strength: number, step = 0) => {
      const fed = new Map<string, number[]>();
      const engine = stubEngine((run) => {
        for (const [name, values] of Object.entries(run.feeds)) fed.set(name, [...(fed.get(name) ?? []), ...values]);
      });
      const { replica, close } = await openReplica(setupOf({ recipe: noisy, programs, maxImages }), part, engine, pack);
      for (let i = 0; i < step; i++) await replica.accumulate();
      fed.clear();
      replica.regularise(strength);
      await replica.accumulate();
      close();
      return (name: string) => fed.get(name) ?? [];
    };
    const all = { index: 0, of: 1 };
    const whole = await feeds(all, 16, 1);
    const [micro, first, second] = [
      await feeds(all, 5, 1),
      await feeds({ index: 0, of: 2 }, 16, 1),
      await feeds({ index: 1, of: 2 }, 16, 1),
    ];
    const [later, weaker, off] = [await feeds(all, 16, 1, 1), await feeds(all, 16, 0.5), await feeds(all, 16, 0)];
    for (const name of [...names, 'targets']) {
      expect(whole(name).length).toBeGreaterThan(0);
      expect(micro(name), name).toEqual(whole(name));
      expect([...first(name), ...second(name)], name).toEqual(whole(name));
    }
    expect(later('features.mask')).not.toEqual(whole('features.mask'));
    // The rate of the first of two blocks is half of the last one's.
    expect(new Set(whole('features.mask'))).toEqual(new Set([0, 2]));
    expect(Math.max(...whole('stage1.0.mask'))).toBeCloseTo(1 / 0.6, 6);
    expect(Math.max(...whole('stage0.0.mask'))).toBeCloseTo(1 / 0.8, 6);
    expect(Math.max(...weaker('stage1.0.mask'))).toBeCloseTo(1 / 0.8, 6);
    expect([whole, weaker, off].map((each) => Math.min(...each('targets')))).toEqual([
      expect.closeTo(0.1, 6),
      expect.closeTo(0.05, 6),
      0,
    ]);
    expect(new Set(off('features.mask'))).toEqual(new Set([1]));
  });

  it('gives its session back when it is closed', async () => {
    const { open, engine } = counting();
    const { close } = await openReplica(setupOf(), { index: 0, of: 1 }, engine, pack);
    expect(open.sessions).toBe(1);
    await close();
    expect(open.sessions).toBe(0);
  });

  it('that cannot be opened leaves no session behind', async () => {
    const { open, engine } = counting({
      write: () => {
        throw new Error('no memory for weights');
      },
    });
    const setup = setupOf({ variables: new Map([['weights', new Float32Array(1)]]) });
    await expect(openReplica(setup, { index: 0, of: 1 }, engine, pack)).rejects.toThrow('no memory for weights');
    expect(open.sessions).toBe(0);
  });
});
