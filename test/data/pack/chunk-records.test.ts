import { expect, it } from 'vitest';
import { ChunkRecords } from '../../../src/data/pack/chunk-records.js';
import type { ChunkRecord } from '../../../src/data/pack/format.js';

const record = (name: string): ChunkRecord => ({
  name,
  split: 'train',
  count: 1,
  dropped: [],
  checksums: {},
  oddities: {},
  oddImages: [],
});

/** A chunk that is written when told. */
function slow(name: string) {
  let end: { resolve(): void; reject(error: Error): void } | undefined;
  const written = new Promise<ChunkRecord>((resolve, reject) => {
    end = { resolve: () => resolve(record(name)), reject };
  });
  return { begin: () => written, written: () => end?.resolve(), failed: (error: Error) => end?.reject(error) };
}

it('a chunk is written while the caller goes on, and the next only after it; records keep their order', async () => {
  const records = new ChunkRecords();
  const [a, b] = [slow('a'), slow('b')];
  await records.write(a.begin);
  let begun = false;
  const next = records.write(() => {
    begun = true;
    return b.begin();
  });
  await Promise.resolve();
  expect(begun).toBe(false);
  a.written();
  await next;
  expect(begun).toBe(true);
  b.written();
  await records.add(record('c'));
  expect((await records.all()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
});

it('what a chunk fails with is heard by whoever comes next, and nobody goes on', async () => {
  for (const next of ['add', 'write', 'all'] as const) {
    const records = new ChunkRecords();
    const chunk = slow('a');
    await records.write(chunk.begin);
    chunk.failed(new Error('a full disk'));
    await records.settled();
    const asked = {
      add: () => records.add(record('b')),
      write: () => records.write(slow('b').begin),
      all: () => records.all(),
    };
    await expect(asked[next]()).rejects.toThrow('a full disk');
  }
});

it('waiting until nothing is written throws nothing', async () => {
  const records = new ChunkRecords();
  await records.settled();
  const chunk = slow('a');
  await records.write(chunk.begin);
  const settled = records.settled();
  chunk.failed(new Error('a full disk'));
  await settled;
});
