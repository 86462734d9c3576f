import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPack } from '../../src/data/pack/open.js';
import type { PackedDataset } from '../../src/data/types.js';
import type { TrainingPrograms } from '../../src/program/types.js';
import { parseRecipe } from '../../src/training/recipe.js';
import { openReplica, planNetwork, type ReplicaPart, type ReplicaSetup } from '../../src/training/replica-setup.js';
import { stubEngine } from '../trial/stub.js';
import { tinyPack } from '../trial/tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'replica-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));

let pack: PackedDataset;
beforeAll(async () => {
  pack = openPack(await tinyPack(folder));
});

const recipe = parseRecipe({ 'network.width': 4, 'network.stages': 2, 'optimizer.batchSize': 16 });
const [whole, ...leaner] = [...planNetwork(recipe, 16, 2).steps()];
const bytes = (images: number, step = whole) => images * (step?.activationBytesPerImage ?? 0);

/** Makes a step with so much memory and gives the programs that were loaded, the sizes of the runs and what was told. */
async function stepIn(memoryLimitBytes: number, part: ReplicaPart = { index: 0, of: 1 }) {
  const sizes: number[] = [];
  const loaded = new Set<TrainingPrograms>();
  const engine = stubEngine(({ programs, feeds }) => {
    loaded.add(programs);
    sizes.push((feeds['images']?.length ?? 0) / (16 * 16 * 3));
  });
  const setup: ReplicaSetup = {
    engine: 'stub',
    data: pack.directory,
    resolution: 16,
    recipe,
    images: { subset: 1, useValidation: false, seed: 'seed' },
    variables: new Map(),
    batches: null,
    memoryLimitBytes,
  };
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    const { replica, close } = await openReplica(setup, part, engine, pack);
    await replica.accumulate();
    close();
    const messages = told.mock.calls.map(([message]) => String(message));
    return { nodes: [...loaded][0]?.accumulate.nodes.length, sizes, messages };
  } finally {
    told.mockRestore();
  }
}

const nodesOf = (step = whole) => step?.programs.accumulate.nodes.length;

describe('a replica', () => {
  it('keeps all activations where the whole batch fits, and has nothing to tell', async () => {
    expect(await stepIn(bytes(16))).toEqual({ nodes: nodesOf(), sizes: [16], messages: [] });
  });

  it('computes activations again before it cuts the batch, and says so', async () => {
    for (const step of leaner) {
      const { nodes, sizes, messages } = await stepIn(bytes(16, step));
      expect({ nodes, sizes }).toEqual({ nodes: nodesOf(step), sizes: [16] });
      expect(messages).toEqual([expect.stringContaining('activations are computed again')]);
    }
    expect(leaner).toHaveLength(2);
  });

  it('cuts the batch where it does not fit in any way, and says so', async () => {
    const { nodes, sizes, messages } = await stepIn(bytes(9, leaner.at(-1)));
    expect({ nodes, sizes }).toEqual({ nodes: nodesOf(leaner.at(-1)), sizes: [8, 8] });
    expect(messages).toEqual([expect.stringContaining('at most 9 images a run')]);
  });

  it('needs room for its part of the batch alone, and only the first of a team tells', async () => {
    const { nodes, sizes } = await stepIn(bytes(8), { index: 1, of: 2 });
    expect({ nodes, sizes }).toEqual({ nodes: nodesOf(), sizes: [8] });
    expect((await stepIn(bytes(2), { index: 1, of: 2 })).messages).toEqual([]);
  });
});
