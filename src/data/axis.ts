/** How the pixels of one axis come from older ones: for each, the first old one and the weights of that and the following. */
export interface Axis {
  readonly firsts: readonly number[];
  /** One row a new pixel, all of `taps` numbers; each sums to 1. */
  readonly weights: readonly (readonly number[])[];
  readonly taps: number;
}

/** Less is no weight. */
const hair = 1e-6;

/**
 * An axis from the part between `begin` and `end` of `from` old pixels to `to` new ones, weighted by a triangle: linear interpolation where it
 * grows, as wide as two new pixels where it shrinks. What image libraries call bilinear with antialiasing.
 *
 * @param begin in old pixels, as `end`; need not be whole
 */
export function axis(from: number, begin: number, end: number, to: number): Axis {
  const scale = (end - begin) / to;
  const reach = Math.max(1, scale);
  const shares = Array.from({ length: to }, (_, target) => {
    const centre = Math.min(from - 0.5, Math.max(0.5, begin + (target + 0.5) * scale)) - 0.5;
    const first = Math.max(0, Math.floor(centre - reach + hair) + 1);
    const last = Math.min(from - 1, Math.ceil(centre + reach - hair) - 1);
    const weights = Array.from(
      { length: last - first + 1 },
      (_, place) => 1 - Math.abs(first + place - centre) / reach,
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
  const taps = Math.max(...shares.map(({ weights }) => weights.length));
  // What would be beyond the end has no weight.
  const moved = shares.map(({ first, weights }) => {
    const early = Math.max(0, first + taps - from);
    const padded = [...new Array<number>(early).fill(0), ...weights, ...new Array<number>(taps).fill(0)];
    return { first: first - early, weights: padded.slice(0, taps) };
  });
  return { firsts: moved.map(({ first }) => first), weights: moved.map(({ weights }) => weights), taps };
}
