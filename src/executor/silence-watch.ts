import type { Clock } from './executor.js';

/** A timer that fires so much too late says that this process was held up, stopped or suspended, and most likely its children with it. */
const heldUpSeconds = 2;

/** Waits for the next sign of life of a process: a step blocks its JavaScript, so one that hangs can only be killed. */
export class SilenceWatch {
  private cancelWait: () => void = () => undefined;

  /** @param onSilence told when a process was silent for the seconds that it had. */
  constructor(
    private readonly clock: Clock,
    private readonly onSilence: (seconds: number) => void,
  ) {}

  /** A sign came, or work was given: the next sign is due within `seconds`. */
  expect(seconds: number): void {
    this.cancel();
    let isOver = false;
    const dueAt = this.clock.nowSeconds() + seconds;
    const cancelTimer = this.clock.at(dueAt, () => {
      if (this.clock.nowSeconds() - dueAt > heldUpSeconds) {
        this.expect(seconds);
        return;
      }
      // When this process was busy itself, or its disk slow, timers fire before messages that have been in the pipe for long.
      setImmediate(() => {
        if (!isOver) this.onSilence(seconds);
      });
    });
    this.cancelWait = () => {
      isOver = true;
      cancelTimer();
    };
  }

  /** Nothing is expected any more. */
  cancel(): void {
    this.cancelWait();
    this.cancelWait = () => undefined;
  }
}
