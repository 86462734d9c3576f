import { mean } from 'simple-statistics';
import { fewestSteps, learntPart, leastProgress, risenTimes } from './rate-check.js';

/** A training that breaks down shows it in these, before the mean of more steps does. */
const newestSteps = 5;

export interface LossWatchOptions {
  readonly classes: number;
  /** Mean loss of the steps before the checkpoint that the training goes on from; null where that is not known, or was that of other images. */
  readonly saved: number | null;
  /** Whether losses of now and then can be compared: not where the training is smoothed and mixed more as it goes on. */
  readonly comparesSaves: boolean;
}

/**
 * Tells weights that are worth keeping from those of a training that has broken down although its numbers are finite: by the mean loss of the last
 * 20 steps, or of the last 5, which stands above 1.25 times that of a guess, or has lost half of what it had taken off a guess's at the last save.
 */
export class LossWatch {
  private readonly guess: number;
  private losses: readonly number[] = [];
  private saved: number | null;
  private badSteps = 0;

  constructor(private readonly options: LossWatchOptions) {
    this.guess = Math.log(options.classes);
    this.saved = options.saved;
  }

  /** @param loss mean training loss an image of one more step. */
  saw(loss: number): void {
    this.losses = [...this.losses, loss].slice(-fewestSteps);
    this.badSteps = this.problem === null ? 0 : this.badSteps + 1;
  }

  /** Mean of the last 20 steps; null while there are fewer. */
  get loss(): number | null {
    const { losses } = this;
    return losses.length < fewestSteps ? null : mean([...losses]);
  }

  /** Why these weights must not take the place of those that were saved last, in words; null where they may. */
  get problem(): string | null {
    const { guess, saved } = this;
    if (this.loss === null) return null;
    const loss = Math.max(this.loss, mean(this.losses.slice(-newestSteps)));
    if (loss > risenTimes * guess)
      return `its loss has risen to ${loss.toFixed(2)} where a guess has ${guess.toFixed(2)}`;
    if (!this.options.comparesSaves || saved === null || saved > learntPart * guess) return null;
    if (guess - loss >= leastProgress * (guess - saved)) return null;
    return `its loss has risen to ${loss.toFixed(2)} from ${saved.toFixed(2)} when it was saved last`;
  }

  /** Whether the problem has lasted for 20 steps. */
  get lasts(): boolean {
    return this.badSteps >= fewestSteps;
  }

  /** These weights have been saved. */
  noteSave(): void {
    this.saved = this.loss ?? this.saved;
  }
}
