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

/**
 * Keeps the study from taking work for a hang. `beat` is called by a timer every second; before a stretch that may block the thread for longer
 * than the last heartbeat allowed, `expect` sends one at once.
 */
export class Heart {
  private timeoutSeconds = unknownTimeout;
  private promised = 0;

  constructor(private readonly options: HeartOptions) {}

  beat(): void {
    this.promised = this.timeoutSeconds;
    this.options.report({
      type: 'heartbeat',
      timeoutSeconds: this.timeoutSeconds,
      memoryBytes: this.options.memoryBytes(),
    });
  }

  /** @param seconds how long the next stretch is likely to take; null when unknown. */
  expect(seconds: number | null): void {
    this.timeoutSeconds = seconds === null ? unknownTimeout : Math.max(shortestTimeout, 5 * seconds);
    if (this.timeoutSeconds > this.promised) this.beat();
  }
}
