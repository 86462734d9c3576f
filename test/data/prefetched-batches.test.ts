import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isMade } from '../../src/data/batch-ring.js';
import type { BatchWorkerData } from '../../src/data/batch-worker.js';
import { type BatchPosition, type BatchSettings, TrainingBatches } from '../../src/data/batches.js';
import { DamagedDataError } from '../../src/data/damage.js';
import { trainingItems } from '../../src/data/items.js';
import { openPack } from '../../src/data/pack/open.js';
import { PrefetchedBatches, type PrefetchOptions } from '../../src/data/prefetched-batches.js';
import { openReader } from '../../src/data/reader.js';
import type { PackedDataset } from '../../src/data/types.js';
import { tinyPack } from '../trial/tiny-pack.js';

const folder = mkdtempSync(join(tmpdir(), 'prefetched-batches-'));
afterAll(() => rmSync(folder, { recursive: true }));

const open: PrefetchedBatches[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((batches) => batches.close()));
});

let pack: PackedDataset;
let settings: BatchSettings;
beforeAll(async () => {
  pack = openPack(await tinyPack(folder));
  const items = trainingItems(pack, { subset: 0.7, resample: true, classes: 1, useValidation: true });
  const augmentation = { flip: true, pad: 0.2, crop: 1, randAugment: 0, erasing: 0.5 };
  settings = { items, classes: 2, batchSize: 10, seed: 'seed', augmentation, mixing: { mixup: 0.2, cutmix: 1 } };
});

/** The thread of the real program. */
const startWorker = (workerData: BatchWorkerData): Worker =>
  new Worker(new URL('../../dist/data/batch-worker.js', import.meta.url), { workerData });

/** A thread that runs the given script instead, with `port` and `ring` at hand. */
const scripted = (script: string) => (workerData: BatchWorkerData) =>
  new Worker(
    `const { parentPort: port, workerData: { ring } } = require('node:worker_threads');
     const made = (batches) => { Atomics.store(ring.counters, 1, batches); port.postMessage({ type: 'made' }); };
     ${script}`,
    { eval: true, workerData },
  );

function prefetched(changes: Partial<PrefetchOptions> = {}): PrefetchedBatches {
  const start = { epoch: 0, position: 0 };
  const usual = { pack, resolution: 16, settings, start, workers: 1, timeoutSeconds: 60, startWorker };
  const batches = new PrefetchedBatches({ ...usual, ...changes });
  open.push(batches);
  return batches;
}

interface Seen {
  readonly images: readonly number[];
  readonly labels: readonly number[];
  readonly others: readonly number[];
  readonly shares: readonly number[];
  readonly state: BatchPosition;
}

async function take(stream: TrainingBatches | PrefetchedBatches, count: number): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  for (let batch = 0; batch < count; batch++) {
    const { images, labels, mixed } = await stream.next();
    const [others, shares] = [[...(mixed?.others ?? [])], [...(mixed?.shares ?? [])]];
    seen.push({ images: [...images], labels: [...labels], others, shares, state: stream.state() });
  }
  return seen;
}

function onThisThread(start?: BatchPosition): TrainingBatches {
  return new TrainingBatches(openReader(pack, 16), settings, start);
}

describe('batches made by other threads', () => {
  it.each([1, 3])('are bit for bit those of one thread: %i threads', async (workers) => {
    // More than one pass over 68 of the 96 images.
    expect(await take(prefetched({ workers }), 12)).toEqual(await take(onThisThread(), 12));
  });

  it('are so as the built program makes them', async () => {
    const built = await import(new URL('../../dist/data/prefetched-batches.js', import.meta.url).href);
    const start = { epoch: 1, position: 5 };
    const batches = new built.PrefetchedBatches({
      pack,
      resolution: 16,
      settings,
      start,
      workers: 2,
      timeoutSeconds: 60,
    });
    open.push(batches);
    expect(await take(batches, 2)).toEqual(await take(onThisThread(start), 2));
  });

  it('go on in the middle of a pass', async () => {
    const start = { epoch: 2, position: 37 };
    expect(await take(prefetched({ start, workers: 2 }), 4)).toEqual(await take(onThisThread(start), 4));
    expect(() => prefetched({ start: { epoch: 0, position: 68 } })).toThrow(/position below 68/);
  });

  it('stay as they are until the next one is asked for, however far the threads are ahead', async () => {
    let ring: BatchWorkerData['ring'] | undefined;
    const batches = prefetched({
      startWorker: (workerData) => {
        ring = workerData.ring;
        return startWorker(workerData);
      },
    });
    const { images } = await batches.next();
    const copy = [...images];
    while (ring !== undefined && !isMade(ring, ring.slots - 1)) await new Promise((resolve) => setImmediate(resolve));
    expect([...images]).toEqual(copy);
  });

  it('are regularised as strongly as they are told to', async () => {
    const here = onThisThread();
    here.regularise(0);
    const batches = prefetched();
    batches.regularise(0);
    const seen = await take(batches, 12);
    // Those that were made before are as they were.
    expect(seen.slice(-4)).toEqual((await take(here, 12)).slice(-4));
  });

  it('of which one cannot be read are an error of that kind', async () => {
    const gone = { ...pack, directory: join(folder, 'gone') };
    const error = await prefetched({ pack: gone })
      .next()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DamagedDataError);
    expect(String(error)).toMatch(/gone/);
    const script = `port.postMessage({ type: 'failed', kind: 'data', message: 'a bad sector' });`;
    await expect(prefetched({ startWorker: scripted(script) }).next()).rejects.toThrow(
      new DamagedDataError('a bad sector'),
    );
  });

  it('that were made before a thread failed are given out first', async () => {
    const batches = prefetched({ startWorker: scripted(`made(2); throw new Error('no more');`) });
    await batches.next();
    await batches.next();
    await expect(batches.next()).rejects.toThrow('no more');
    await expect(batches.next()).rejects.toThrow('no more');
  });

  it('are an error when a thread ends, and when it is silent', async () => {
    await expect(prefetched({ startWorker: scripted('process.exit(7);') }).next()).rejects.toThrow('code 7');
    const silent = prefetched({ startWorker: scripted('setInterval(() => 0, 1e6);'), timeoutSeconds: 0.02 });
    await expect(silent.next()).rejects.toThrow('silent for 0.02 s');
  });

  it('leave no thread behind when they are closed', async () => {
    const workers: Worker[] = [];
    const batches = prefetched({
      workers: 2,
      startWorker: (workerData) => {
        const worker = startWorker(workerData);
        workers.push(worker);
        return worker;
      },
    });
    await batches.next();
    await batches.close();
    expect(workers.map(({ threadId }) => threadId)).toEqual([-1, -1]);
    await expect(take(batches, 4)).rejects.toThrow('the batches were closed');
  });
});
