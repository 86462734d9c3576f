/** What a shorter training had reached at the peak rate: a mean training loss after so many images. */
export interface ExpectedLoss {
  readonly images: number;
  readonly loss: number;
}

export interface RateCheckOptions {
  readonly classes: number;
  /** Part of the schedule that warms up. */
  readonly warmup: number;
  /** What a shorter training of the same configuration had reached; null where there was none. */
  readonly expected: ExpectedLoss | null;
}

/** How far a training has come, and its mean loss since it was last looked at. */
export interface TrainingLook {
  readonly fraction: number;
  readonly steps: number;
  readonly images: number;
  readonly loss: number;
}

/** The peak rate is watched for this part of the schedule. */
const peakShare = 0.01;
/** What has learnt too little by then is trained on: there is too little time left to begin anew. */
const latestFraction = 0.25;
/** A judgement rests on at least so many steps. */
export const fewestSteps = 20;
/** A loss that stays above so many times that of a guess is no training. */
export const risenTimes = 1.25;
/** A training whose loss has come below this part of a guess's has learnt something. */
export const learntPart = 0.9;
/** Of what a training had taken off a guess's loss, what the same one later, or another one at the same rate, must have taken off at the least. */
export const leastProgress = 0.5;

/**
 * Watches whether a training that has begun with fresh weights stands its learning rate. Until the peak rate has been held for 1 % of the schedule: whether its
 * loss stays far above that of a guess. And once it has seen as many images as a shorter training of the same configuration that had learnt
 * something: whether it has learnt half as much.
 */
export class RateCheck {
  private readonly guess: number;
  private since = { steps: 0, images: 0, lossSum: 0 };
  private last: Pick<TrainingLook, 'steps' | 'images'> = { steps: 0, images: 0 };
  /** The last loss, where it was far above a guess's. */
  private risen: number | null = null;
  private isCompared = false;

  constructor(private readonly options: RateCheckOptions) {
    this.guess = Math.log(options.classes);
  }

  /** Whether the peak rate is still new, so that a training that breaks down now is better begun anew. */
  isEarly(fraction: number): boolean {
    return fraction <= this.options.warmup + peakShare;
  }

  /** @returns what is wrong, in words; null while nothing is. */
  look(now: TrainingLook): string | null {
    const images = now.images - this.last.images;
    this.since = {
      steps: this.since.steps + now.steps - this.last.steps,
      images: this.since.images + images,
      lossSum: this.since.lossSum + now.loss * images,
    };
    this.last = now;
    if (this.since.steps < fewestSteps) return null;
    const loss = this.since.lossSum / this.since.images;
    this.since = { steps: 0, images: 0, lossSum: 0 };
    return this.rise(now.fraction, loss) ?? this.comparison(now, loss);
  }

  private rise(fraction: number, loss: number): string | null {
    const before = this.risen;
    this.risen = this.isEarly(fraction) && loss > risenTimes * this.guess ? loss : null;
    if (before === null || this.risen === null || loss < before) return null;
    return `its loss has risen to ${loss.toFixed(2)} where a guess has ${this.guess.toFixed(2)}`;
  }

  private comparison({ fraction, images }: TrainingLook, loss: number): string | null {
    const { warmup, expected } = this.options;
    if (this.isCompared || expected === null || images < expected.images || fraction < warmup) return null;
    this.isCompared = true;
    if (fraction > latestFraction || expected.loss > learntPart * this.guess) return null;
    if (this.guess - loss >= leastProgress * (this.guess - expected.loss)) return null;
    return `its loss is ${loss.toFixed(2)} after ${images} images where the search had ${expected.loss.toFixed(2)}`;
  }
}
