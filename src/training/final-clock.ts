/** What a final run must still do after its last step, in seconds. */
export interface ReserveParts {
  /** Predicting one image. */
  readonly inferenceSeconds: number;
  readonly testImages: number;
  /** Whether the test images are looked at a second time, mirrored. */
  readonly mirrored: boolean;
  /** Scoring the model on the validation images. */
  readonly evaluationSeconds: number;
  /** Writing one checkpoint. */
  readonly writeSeconds: number;
  /** One training step: the last one may begin just before the end. */
  readonly stepSeconds: number;
}

/** Inference may be slower at the end than when it was measured. */
const inferenceMargin = 1.3;
/** For writing the predictions, reporting and whatever stutters. */
const fixedSeconds = 0.5;

/** Seconds to keep free for everything after the last training step. */
export function reserveSeconds(parts: ReserveParts): number {
  const passes = parts.mirrored ? 2 : 1;
  return (
    inferenceMargin * parts.inferenceSeconds * parts.testImages * passes +
    parts.evaluationSeconds +
    2 * parts.writeSeconds +
    parts.stepSeconds +
    fixedSeconds
  );
}

/** Mirrored test images are worth this part of the whole time, not more. */
const mirrorShare = 0.03;

/** Whether a second, mirrored look at the test images is worth its time. */
export function affordsMirror(inferenceSeconds: number, testImages: number, totalSeconds: number): boolean {
  return inferenceSeconds * testImages <= mirrorShare * totalSeconds;
}

/**
 * Passed part of a final run's schedule, at least 0; 1 or more when training must end. Driven by the clock alone, so that a run restarted
 * from its checkpoint goes on where the clock stands.
 */
export function finalFraction(now: number, beganAt: number, trainUntil: number): number {
  return trainUntil <= beganAt ? 1 : Math.max(0, (now - beganAt) / (trainUntil - beganAt));
}
