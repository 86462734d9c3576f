import type { Precision } from '../program/precision.js';

/**
 * By how much the loss is multiplied before its gradients are taken, so that they do not vanish in float16 (Micikevicius et al. 2018,
 * section 3.2). Powers of two: scaling and its undoing are exact. Float32 and bfloat16 have range enough and keep the scale 1.
 */
export interface LossScale {
  readonly value: number;
  /** Whether it adapts to the gradients. */
  readonly dynamic: boolean;
  /** Updates made since it last changed. */
  readonly goodSteps: number;
}

const start = 2 ** 15;
const highest = 2 ** 24;
const stepsToDouble = 2000;

export function firstLossScale(precision: Precision): LossScale {
  const dynamic = precision === 'f16';
  return { value: dynamic ? start : 1, dynamic, goodSteps: 0 };
}

/**
 * The scale of the next step: half of it, but not below 1, after a gradient that was not finite; twice, but not above 2^24, after 2000 updates
 * in a row.
 * @param finite whether the gradients of this step were finite.
 */
export function nextLossScale(scale: LossScale, finite: boolean): LossScale {
  if (!scale.dynamic) return scale;
  if (!finite) return { ...scale, value: Math.max(1, scale.value / 2), goodSteps: 0 };
  const goodSteps = scale.goodSteps + 1;
  if (goodSteps < stepsToDouble) return { ...scale, goodSteps };
  return { ...scale, value: Math.min(highest, scale.value * 2), goodSteps: 0 };
}
