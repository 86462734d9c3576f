interface Share {
  readonly first: number;
  /** Part of each source pixel from `first` on that falls into the target pixel; they sum to 1. */
  readonly weights: readonly number[];
}

function shares(from: number, to: number): Share[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, target) => {
    const [begin, end] = [target * scale, (target + 1) * scale];
    const first = Math.floor(begin);
    const last = Math.min(from, Math.ceil(end - 1e-9));
    const weights = Array.from({ length: last - first }, (_, place) => {
      const source = first + place;
      return (Math.min(end, source + 1) - Math.max(begin, source)) / scale;
    });
    return { first, weights };
  });
}

/**
 * Shrinks a square RGB image by averaging the area under each new pixel.
 *
 * @param from side of `pixels`
 * @param to new side, at most `from`
 */
export function shrink(pixels: Uint8Array, from: number, to: number): Uint8Array {
  const parts = shares(from, to);
  const stride = to * 3;
  const rows = new Float32Array(from * stride);
  for (let y = 0; y < from; y++) {
    for (const [x, { first, weights }] of parts.entries()) {
      let [red, green, blue] = [0, 0, 0];
      let at = (y * from + first) * 3;
      for (const weight of weights) {
        red += weight * (pixels[at] ?? 0);
        green += weight * (pixels[at + 1] ?? 0);
        blue += weight * (pixels[at + 2] ?? 0);
        at += 3;
      }
      rows.set([red, green, blue], y * stride + x * 3);
    }
  }
  const result = new Uint8Array(to * stride);
  for (const [y, { first, weights }] of parts.entries()) {
    for (let place = 0; place < stride; place++) {
      let sum = 0;
      let at = first * stride + place;
      for (const weight of weights) {
        sum += weight * (rows[at] ?? 0);
        at += stride;
      }
      result[y * stride + place] = Math.round(sum);
    }
  }
  return result;
}
