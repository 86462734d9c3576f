import { mean } from 'simple-statistics';
import type { Durability } from '../atomic-file.js';
import type { SplitName } from '../data/types.js';
import { measureInference } from './evaluate.js';
import {
  affordedViews,
  afterInferenceSeconds,
  finalFraction,
  finalReserveSeconds,
  type ReserveParts,
  reportSeconds,
} from './final-clock.js';
import type { Trainer } from './replicas.js';
import type { View } from './views.js';

export interface FinalDeadlineOptions {
  /** When the schedule began and when everything must have ended, on the clock `now`. */
  readonly beganAtSeconds: number;
  readonly endsAtSeconds: number;
  readonly now: () => number;
  /** Test images to predict; 0 for none. */
  readonly testImages: number;
  /** Training images that statistics of batch norms are computed from after training, at most as many as there are; default: none. */
  readonly recalibrationImages?: number;
  /** Validation images to score the model on; 0 for none. */
  readonly validationImages: number;
  /** How the test images are shown, in the order of what it is worth; the first view always counts. */
  readonly views: readonly [View, ...View[]];
}

/** The final model's score is told only when it is from at least so many validation images, or all. */
const fewestEvaluationImages = 500;

/** The closing score on the validation images may take this part of the whole time. */
const evaluationShare = 0.01;

/** The first steps compile and allocate. */
const warmUpSteps = 5;

/** Steps, writes and chunks of images that count: the last ones, since the machine may have become slower. */
const kept = 12;

/** Computing statistics takes more than predicting, in one replica by at most this factor: measured 1.03 to 1.55 of small networks on two engines. */
const recalibrationFactor = 1.5;

/** Measuring inference again may take this part of the training time that is left. */
const measuringShare = 0.02;

/** Measures what a final run must do after its last step, and so keeps the instant at which training must end. */
export class FinalDeadline {
  /** Images of the chunk whose prediction is timed; 0 before the first measurement. */
  private chunkImages = 0;
  private replicas = 1;
  /** By the side of the images. */
  private readonly chunkSeconds = new Map<number, readonly number[]>();
  private writeSeconds: readonly number[] = [];
  private lastingWriteSeconds: readonly number[] = [];
  private stepSeconds: readonly number[] = [];
  /** Further views that are kept time for: null before the first measurement; decided once, or one near the edge would move the end of training by a whole view. */
  private furtherViews: number | null = null;
  private steps = 0;
  private measurements = 0;
  private measureAgainAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: FinalDeadlineOptions) {}

  /** From the schedule's beginning to the end of everything. */
  get totalSeconds(): number {
    return this.options.endsAtSeconds - this.options.beganAtSeconds;
  }

  /** Seconds of predicting chunks in a view. */
  private chunksIn({ side }: View): readonly number[] {
    return this.chunkSeconds.get(side) ?? [];
  }

  /** Seconds to predict one image in a view, as last measured; 0 before. */
  private inferenceSeconds(view: View): number {
    const seconds = this.chunksIn(view);
    return seconds.length === 0 ? 0 : mean([...seconds]) / this.chunkImages;
  }

  /** Seconds that each of the further views takes. */
  private get viewSeconds(): readonly number[] {
    const [, ...further] = this.options.views;
    return further.map((view) => this.inferenceSeconds(view) * this.options.testImages);
  }

  /** Until when the test images may be shown in further views, also in those that no time is kept for. */
  get viewsUntil(): number {
    return this.options.endsAtSeconds - afterInferenceSeconds(this.parts);
  }

  /** What scoring the model takes at the least. */
  get leastEvaluationSeconds(): number {
    return (
      this.inferenceSeconds(this.options.views[0]) * Math.min(this.options.validationImages, fewestEvaluationImages)
    );
  }

  /** Until when the model may be scored: whatever is left is worth most there. */
  get evaluateUntil(): number {
    return this.options.endsAtSeconds - reportSeconds;
  }

  private get parts(): ReserveParts {
    const { chunkImages, stepSeconds, writeSeconds, lastingWriteSeconds } = this;
    const { testImages, validationImages, views, recalibrationImages = 0 } = this.options;
    const scoring = Math.min(this.inferenceSeconds(views[0]) * validationImages, evaluationShare * this.totalSeconds);
    return {
      chunkSeconds: this.chunksIn(views[0]),
      chunks: chunkImages === 0 ? 0 : testImages / chunkImages,
      // Replicas share what they predict, but each computes all statistics.
      recalibrationSeconds: recalibrationFactor * this.replicas * recalibrationImages * this.inferenceSeconds(views[0]),
      viewSeconds: this.viewSeconds.slice(0, this.furtherViews ?? 0).reduce((sum, seconds) => sum + seconds, 0),
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

  /** Images that are timed: of those that are forwarded after training the ones that there are most of. */
  private get timedImages(): { readonly split: SplitName; readonly count: number } {
    const { testImages, validationImages, recalibrationImages = 0 } = this.options;
    if (testImages > 0) return { split: 'test', count: testImages };
    if (validationImages > 0) return { split: 'validation', count: validationImages };
    return { split: 'train', count: recalibrationImages };
  }

  /** Times how long the images after those of the last measurement take. */
  async measureInference(trainer: Trainer): Promise<void> {
    const { testImages, now } = this.options;
    const { split, count } = this.timedImages;
    const startedAt = now();
    const views = testImages > 0 ? this.options.views : this.options.views.slice(0, 1);
    const measured = new Set<number>();
    for (const view of views) {
      if (measured.has(view.side)) continue;
      measured.add(view.side);
      const times = await measureInference({ trainer, split, now, view }, count, this.measurements);
      this.chunkImages = times.chunkImages;
      this.chunkSeconds.set(view.side, [...this.chunksIn(view), ...times.chunkSeconds].slice(-kept));
    }
    this.replicas = trainer.replicas;
    this.measurements++;
    if (this.chunkImages > 0) this.furtherViews ??= affordedViews(this.viewSeconds, this.totalSeconds);
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
