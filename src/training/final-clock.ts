import { secondsToKeep } from '../budget/safety.js';

/** What a final run must still do after its last step, as far as it has been measured. */
export interface ReserveParts {
  /** Seconds of predicting one chunk of images, each time it was measured. */
  readonly chunkSeconds: readonly number[];
  /** Chunks that the test images make; 0 for none. */
  readonly chunks: number;
  /** Seconds of computing the statistics of batch norms anew before that; an estimate by that of predicting as many images. */
  readonly recalibrationSeconds: number;
  /** Seconds of showing the test images in further views; that stops where its time is over, so nothing is added to what it should take. */
  readonly viewSeconds: number;
  /** Seconds of scoring the model on the validation images; they, too, are a limit that is kept. */
  readonly evaluationSeconds: number;
  /** Seconds of writing a checkpoint on the way, each time. */
  readonly writeSeconds: readonly number[];
  /** Seconds of writing one that stands after a power cut, too, as the model does, each time. */
  readonly lastingWriteSeconds: readonly number[];
  /** Seconds of the last training steps: another one may begin just before the end. */
  readonly stepSeconds: readonly number[];
}

/** However fast the checkpoints before it were written: the model may wait for the disk. */
const leastWriteSeconds = 0.25;

/** Seconds to keep free for everything after the score. */
export const reportSeconds = 0.1;

/** Seconds to keep free for everything after the last training step. */
export function finalReserveSeconds(parts: ReserveParts): number {
  return (
    secondsToKeep(parts.stepSeconds, 1, 0) +
    parts.recalibrationSeconds +
    secondsToKeep(parts.chunkSeconds, parts.chunks, 0) +
    parts.viewSeconds +
    afterInferenceSeconds(parts)
  );
}

/** Seconds to keep free for everything after the predictions: the model is written then, and scored. */
export function afterInferenceSeconds({
  evaluationSeconds,
  writeSeconds,
  lastingWriteSeconds,
}: Pick<ReserveParts, 'evaluationSeconds' | 'writeSeconds' | 'lastingWriteSeconds'>): number {
  const modelSeconds = Math.max(
    leastWriteSeconds,
    secondsToKeep(writeSeconds, 1, 0),
    secondsToKeep(lastingWriteSeconds, 1, 0),
  );
  return modelSeconds + evaluationSeconds + reportSeconds;
}

/** Further views of the test images are worth this part of the whole time together, not more. */
const viewShare = 0.03;

/** How many of the further views are worth their time, the first ones first. @param viewSeconds of each, all test images. */
export function affordedViews(viewSeconds: readonly number[], totalSeconds: number): number {
  let left = viewShare * totalSeconds;
  const beyond = viewSeconds.findIndex((seconds) => {
    left -= seconds;
    return left < 0;
  });
  return beyond === -1 ? viewSeconds.length : beyond;
}

/**
 * Passed part of a final run's schedule, at least 0; 1 or more when training must end. Driven by the clock alone, so that a run restarted
 * from its checkpoint goes on where the clock stands.
 */
export function finalFraction(now: number, beganAt: number, trainUntil: number): number {
  return trainUntil <= beganAt ? 1 : Math.max(0, (now - beganAt) / (trainUntil - beganAt));
}
