import type { TrialMessage } from './protocol.js';

type Heartbeat = Extract<TrialMessage, { type: 'heartbeat' }>;

export interface HeartOptions {
  readonly report: (message: Heartbeat) => void;
  readonly memoryBytes: () => number;
}

/** The shortest time-out a heartbeat asks for, in seconds. */
const shortestTimeout = 10;
/** Asked for while nothing is known: loading, compilation, a first step. */
const unknownTimeout = 60;
/** Several unknown stretches may follow each other without a word: replicas that load, a network at several sides. */
const unknownStretches = 5;

/**
 * Keeps the study from taking work for a hang. `tick` is called by a timer every second; before a stretch that may block the thread for longer
 * than the last heartbeat allowed, `expect` sends one at once. A thread that is free says nothing of the work it waits for, which may never come to its
 * end: the heart stops where no further stretch has begun in good time.
 */
export class Heart {
  private timeoutSeconds = unknownTimeout;
  private promised = 0;
  /** Ticks that the stretch has lasted, and how many it may. A clock would go on while the process is stopped. */
  private ticks = 0;
  private mostTicks = unknownTimeout * unknownStretches;

  constructor(private readonly options: HeartOptions) {}

  tick(): void {
    this.ticks++;
    if (this.ticks <= this.mostTicks) this.beat();
  }

  /** @param seconds how long the next stretch is likely to take; null when unknown. */
  expect(seconds: number | null): void {
    this.timeoutSeconds = seconds === null ? unknownTimeout : Math.max(shortestTimeout, 5 * seconds);
    this.ticks = 0;
    // Waiting for a disk is part of no stretch's time.
    this.mostTicks =
      seconds === null ? unknownTimeout * unknownStretches : Math.max(unknownTimeout, this.timeoutSeconds);
    if (this.timeoutSeconds > this.promised) this.beat();
  }

  private beat(): void {
    this.promised = this.timeoutSeconds;
    this.options.report({
      type: 'heartbeat',
      timeoutSeconds: this.timeoutSeconds,
      memoryBytes: this.options.memoryBytes(),
    });
  }
}
