import type { ChunkRecord } from './format.js';

/** Records of chunks in their order. The last chunk may still be written while the next one is decoded: more than two would take too much memory. */
export class ChunkRecords {
  private readonly records: ChunkRecord[] = [];
  private writing: Promise<ChunkRecord> | null = null;

  /** Adds a chunk that is there already. @throws what writing the one before has failed with. */
  async add(record: ChunkRecord): Promise<void> {
    await this.finish();
    this.records.push(record);
  }

  /** Begins to write a chunk, once the one before is written. @throws what that has failed with. */
  async write(begin: () => Promise<ChunkRecord>): Promise<void> {
    await this.finish();
    this.writing = begin();
    // Whoever asks next hears of its failure; until then nobody does.
    this.writing.catch(() => undefined);
  }

  /** Waits until nothing is written any more, whatever becomes of it. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.writing]);
  }

  /** All of them, written. @throws what writing the last one has failed with. */
  async all(): Promise<readonly ChunkRecord[]> {
    await this.finish();
    return this.records;
  }

  private async finish(): Promise<void> {
    if (this.writing !== null) this.records.push(await this.writing);
    this.writing = null;
  }
}
