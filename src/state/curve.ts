import type { CurvePoint } from './types.js';

/** Curves keep at most this many points; a longer one loses every other point, so that a nine-hour run stays small. */
const longestCurve = 600;

/** The curve with one more point: a progress event, of which it takes what is a point's. */
export function extendCurve(curve: readonly CurvePoint[], event: CurvePoint): readonly CurvePoint[] {
  const { at, fraction, loss, learningRate, images, imagesPerSecond } = event;
  const kept = curve.length < longestCurve ? curve : curve.filter((_, index) => index % 2 === 0);
  return [...kept, { at, fraction, loss, learningRate, images, imagesPerSecond }];
}
