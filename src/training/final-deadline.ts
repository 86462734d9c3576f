import type { SplitName } from '../data/types.js';
import { measureInference } from './evaluate.js';
import { affordsMirror, finalFraction, type ReserveParts, reserveSeconds } from './final-clock.js';
import type { Trainer } from './replicas.js';

export interface FinalDeadlineOptions {
  /** When the schedule began and when everything must have ended, on the clock `now`. */
  readonly beganAtSeconds: number;
  readonly endsAtSeconds: number;
  readonly now: () => number;
  /** Test images to predict; 0 for none. */
  readonly testImages: number;
  /** Validation images to score the model on; 0 for none. */
  readonly validationImages: number;
  /** Whether the network was trained on mirrored images, so that it may be shown mirrored test images. */
  readonly mirrors: boolean;
}

/** The final model's score is told only when it is from at least so many validation images, or all. */
const fewestEvaluationImages = 500;

/** The closing score on the validation images may take this part of the whole time. */
const evaluationShare = 0.01;

const warmUpSteps = 5;

/** Measures what a final run must do after its last step, and so keeps the instant at which training must end. */
export class FinalDeadline {
  private measuredSeconds = 0;
  /** Null before the first measurement; decided once, or a measurement near the edge would move the end of training by a whole second look. */
  private affordsMirror: boolean | null = null;
  /** Duration of a step when inference was measured, to notice that the machine has become slower; 0 until steps are known. */
  private stepSecondsThen = 0;
  private steps = 0;
  private writeSeconds = 0;
  private stepSeconds = 0;

  constructor(private readonly options: FinalDeadlineOptions) {}

  /** From the schedule's beginning to the end of everything. */
  get totalSeconds(): number {
    return this.options.endsAtSeconds - this.options.beganAtSeconds;
  }

  /** Seconds to predict one image: as measured, or longer when training steps have become longer since. */
  private get inferenceSeconds(): number {
    const slowdown = this.stepSecondsThen > 0 ? this.stepSeconds / this.stepSecondsThen : 1;
    return this.measuredSeconds * Math.max(1, slowdown);
  }

  /** Whether the test images are looked at a second time, mirrored. */
  get mirrored(): boolean {
    return this.options.mirrors && this.affordsMirror === true;
  }

  /** What scoring the model takes at the least. */
  get leastEvaluationSeconds(): number {
    return this.inferenceSeconds * Math.min(this.options.validationImages, fewestEvaluationImages);
  }

  /** What scoring the model may take. */
  get evaluationSeconds(): number {
    const all = this.inferenceSeconds * this.options.validationImages;
    return Math.max(this.leastEvaluationSeconds, Math.min(all, evaluationShare * this.totalSeconds));
  }

  /** What comes after the predictions: writing them, scoring, reporting. */
  get afterInferenceSeconds(): number {
    return reserveSeconds({ ...this.parts, testImages: 0, stepSeconds: 0 });
  }

  private get parts(): ReserveParts {
    const { inferenceSeconds, mirrored, evaluationSeconds, writeSeconds, stepSeconds } = this;
    const { testImages } = this.options;
    return { inferenceSeconds, testImages, mirrored, evaluationSeconds, writeSeconds, stepSeconds };
  }

  /** When training must end, on the clock. */
  get trainUntil(): number {
    return this.options.endsAtSeconds - reserveSeconds(this.parts);
  }

  /** Passed part of the schedule; 1 or more when training must end. */
  fraction(): number {
    return finalFraction(this.options.now(), this.options.beganAtSeconds, this.trainUntil);
  }

  async measureInference(trainer: Trainer): Promise<void> {
    const { testImages, validationImages, now } = this.options;
    const [split, count]: [SplitName, number] =
      testImages > 0 ? ['test', testImages] : ['validation', validationImages];
    this.measuredSeconds = await measureInference({ trainer, split, now }, count);
    this.affordsMirror ??= affordsMirror(this.measuredSeconds, testImages, this.totalSeconds);
    this.stepSecondsThen = this.stepSeconds;
  }

  sawStep(seconds: number): void {
    // The first steps compile and allocate.
    this.stepSeconds = this.steps < warmUpSteps ? seconds : 0.9 * this.stepSeconds + 0.1 * seconds;
    this.steps++;
    if (this.stepSecondsThen === 0 && this.steps === 2 * warmUpSteps) this.stepSecondsThen = this.stepSeconds;
  }

  sawWrite(seconds: number): void {
    this.writeSeconds = Math.max(this.writeSeconds, seconds);
  }
}
