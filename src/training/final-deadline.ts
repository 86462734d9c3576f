import { mean } from 'simple-statistics';
import type { Durability } from '../atomic-file.js';
import type { SplitName } from '../data/types.js';
import { type InferenceTimes, measureInference } from './evaluate.js';
import {
  affordsMirror,
  afterInferenceSeconds,
  finalFraction,
  finalReserveSeconds,
  type ReserveParts,
  reportSeconds,
} from './final-clock.js';
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

/** The first steps compile and allocate. */
const warmUpSteps = 5;

/** Steps, writes and chunks of images that count: the last ones, since the machine may have become slower. */
const kept = 12;

/** Measuring inference again may take this part of the training time that is left. */
const measuringShare = 0.02;

/** Measures what a final run must do after its last step, and so keeps the instant at which training must end. */
export class FinalDeadline {
  /** Images of the chunk whose prediction is timed; 0 before the first measurement. */
  private chunkImages = 0;
  private chunkSeconds: readonly number[] = [];
  private writeSeconds: readonly number[] = [];
  private lastingWriteSeconds: readonly number[] = [];
  private stepSeconds: readonly number[] = [];
  /** Null before the first measurement; decided once, or a measurement near the edge would move the end of training by a whole second look. */
  private affordsMirror: boolean | null = null;
  private steps = 0;
  private measurements = 0;
  private measureAgainAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: FinalDeadlineOptions) {}

  /** From the schedule's beginning to the end of everything. */
  get totalSeconds(): number {
    return this.options.endsAtSeconds - this.options.beganAtSeconds;
  }

  /** Seconds to predict one image, as last measured; 0 before. */
  private get inferenceSeconds(): number {
    return this.chunkSeconds.length === 0 ? 0 : mean([...this.chunkSeconds]) / this.chunkImages;
  }

  /** Whether time is kept for a second, mirrored look at the test images. */
  get mirrored(): boolean {
    return this.options.mirrors && this.affordsMirror === true;
  }

  /** Until when the test images may be looked at a second time; null where the network knows no mirrored images. */
  get mirrorUntil(): number | null {
    return this.options.mirrors ? this.options.endsAtSeconds - afterInferenceSeconds(this.parts) : null;
  }

  /** What scoring the model takes at the least. */
  get leastEvaluationSeconds(): number {
    return this.inferenceSeconds * Math.min(this.options.validationImages, fewestEvaluationImages);
  }

  /** Until when the model may be scored: whatever is left is worth most there. */
  get evaluateUntil(): number {
    return this.options.endsAtSeconds - reportSeconds;
  }

  private get parts(): ReserveParts {
    const { inferenceSeconds, mirrored, chunkSeconds, chunkImages, stepSeconds } = this;
    const { writeSeconds, lastingWriteSeconds } = this;
    const { testImages, validationImages } = this.options;
    const scoring = Math.min(inferenceSeconds * validationImages, evaluationShare * this.totalSeconds);
    return {
      chunkSeconds,
      chunks: chunkImages === 0 ? 0 : testImages / chunkImages,
      mirrorSeconds: mirrored ? inferenceSeconds * testImages : 0,
      evaluationSeconds: Math.max(this.leastEvaluationSeconds, scoring),
      writeSeconds,
      lastingWriteSeconds,
      stepSeconds,
    };
  }

  /** Seconds that are kept free after the last step, as far as is known now. */
  get reserveSeconds(): number {
    return finalReserveSeconds(this.parts);
  }

  /** When training must end, on the clock. */
  get trainUntil(): number {
    return this.options.endsAtSeconds - this.reserveSeconds;
  }

  /** Passed part of the schedule; 1 or more when training must end. */
  fraction(): number {
    return finalFraction(this.options.now(), this.options.beganAtSeconds, this.trainUntil);
  }

  /** Whether half of the training time that was left at the last measurement has passed: what was measured then may be true no more. */
  get shouldMeasure(): boolean {
    return this.options.now() >= this.measureAgainAt;
  }

  /** Times how long the images after those of the last measurement take. */
  async measureInference(trainer: Trainer): Promise<void> {
    const { testImages, validationImages, now } = this.options;
    const [split, count]: [SplitName, number] =
      testImages > 0 ? ['test', testImages] : ['validation', validationImages];
    const startedAt = now();
    const times: InferenceTimes = await measureInference({ trainer, split, now }, count, this.measurements);
    this.measurements++;
    if (times.chunkImages > 0) {
      this.chunkImages = times.chunkImages;
      this.chunkSeconds = [...this.chunkSeconds, ...times.chunkSeconds].slice(-kept);
      this.affordsMirror ??= affordsMirror(this.inferenceSeconds, testImages, this.totalSeconds);
    }
    const left = this.trainUntil - now();
    this.measureAgainAt = now() - startedAt < measuringShare * left ? now() + left / 2 : Number.POSITIVE_INFINITY;
  }

  sawStep(seconds: number): void {
    this.steps++;
    this.stepSeconds = (this.steps <= warmUpSteps ? [seconds] : [...this.stepSeconds, seconds]).slice(-kept);
  }

  /** Whether no write has been measured that lasts as the model's must. */
  get wantsLastingWrite(): boolean {
    return this.lastingWriteSeconds.length === 0;
  }

  sawWrite(seconds: number, durability: Durability): void {
    if (durability === 'lasting') this.lastingWriteSeconds = [...this.lastingWriteSeconds, seconds].slice(-kept);
    else this.writeSeconds = [...this.writeSeconds, seconds].slice(-kept);
  }
}
