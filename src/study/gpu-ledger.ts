import { guessedOverheadBytes } from '../engine/gpu/pool.js';
import type { EventOf } from '../state/types.js';

/** What is known of a study's GPU memory; see the event. */
export type GpuMemory = Omit<EventOf<'gpu-memory'>, 'type' | 'at'>;

/** A number that has grown by less since it was told is not worth a line in the journal. */
const tellingBytes = 16 * 2 ** 20;

const higher = (a: number | null, b: number): number => Math.max(a ?? 0, b);

/** The highest numbers of all processes so far, and when they are worth telling. */
export class GpuLedger {
  private now: GpuMemory;
  private told: GpuMemory | null = null;
  private isMeasured = false;

  constructor(
    limitBytes: number,
    private readonly tell: (memory: GpuMemory) => void,
  ) {
    const unknown = { estimatedBytes: null, allocatedBytes: null, measuredBytes: null };
    this.now = { limitBytes, poolBytes: 0, overheadBytes: guessedOverheadBytes, ...unknown };
  }

  /** What a process holds beside TensorFlow's pool: the highest that was measured, a guess before. */
  get overheadBytes(): number {
    return this.now.overheadBytes;
  }

  pool(poolBytes: number): void {
    this.now = { ...this.now, poolBytes };
  }

  estimated(bytes: number): void {
    this.now = { ...this.now, estimatedBytes: higher(this.now.estimatedBytes, bytes) };
  }

  allocated(bytes: number): void {
    if (bytes > 0) this.now = { ...this.now, allocatedBytes: higher(this.now.allocatedBytes, bytes) };
  }

  held(bytes: number): void {
    this.now = { ...this.now, measuredBytes: higher(this.now.measuredBytes, bytes) };
  }

  overhead(bytes: number): void {
    const overheadBytes = this.isMeasured ? Math.max(this.now.overheadBytes, bytes) : bytes;
    this.isMeasured = true;
    this.now = { ...this.now, overheadBytes };
  }

  /** Tells the numbers where one has changed by enough, or `atOnce` at all. */
  write(atOnce: boolean): void {
    const { told, now } = this;
    const numbers = ['poolBytes', 'estimatedBytes', 'allocatedBytes', 'measuredBytes'] as const;
    const change = Math.max(...numbers.map((name) => Math.abs((now[name] ?? 0) - (told?.[name] ?? 0))));
    if (change === 0 || (!atOnce && change < tellingBytes)) return;
    this.told = now;
    this.tell(now);
  }
}
