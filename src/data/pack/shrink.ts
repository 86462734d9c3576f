/** Which source pixels fall into each target pixel of a row or column, and by what part; the parts of a target pixel sum to 1. */
interface Shares {
  /** First source pixel of each target pixel, and how many there are from there on. */
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  /** `most` weights for each target pixel, of which the first `counts` are used. */
  readonly weights: Float64Array;
  readonly most: number;
}

function sharesOf(from: number, to: number): Shares {
  const scale = from / to;
  const most = Math.ceil(scale) + 1;
  const firsts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Float64Array(to * most);
  for (let target = 0; target < to; target++) {
    const [begin, end] = [target * scale, (target + 1) * scale];
    const first = Math.floor(begin);
    const last = Math.min(from, Math.ceil(end - 1e-9));
    firsts[target] = first;
    counts[target] = last - first;
    for (let source = first; source < last; source++) {
      weights[target * most + source - first] = (Math.min(end, source + 1) - Math.max(begin, source)) / scale;
    }
  }
  return { firsts, counts, weights, most };
}

/** Each row of a square RGB image with `to` instead of `from` pixels. */
function shrinkRows(pixels: Uint8Array, from: number, to: number, shares: Shares): Float32Array {
  const { firsts, counts, weights, most } = shares;
  const rows = new Float32Array(from * to * 3);
  let target = 0;
  for (let y = 0; y < from; y++) {
    for (let x = 0; x < to; x++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let at = (y * from + (firsts[x] ?? 0)) * 3;
      const end = x * most + (counts[x] ?? 0);
      for (let place = x * most; place < end; place++) {
        const weight = weights[place] ?? 0;
        red += weight * (pixels[at] ?? 0);
        green += weight * (pixels[at + 1] ?? 0);
        blue += weight * (pixels[at + 2] ?? 0);
        at += 3;
      }
      rows[target] = red;
      rows[target + 1] = green;
      rows[target + 2] = blue;
      target += 3;
    }
  }
  return rows;
}

/**
 * Shrinks a square RGB image by averaging the area under each new pixel. Plain loops over typed arrays: every image of a data set that is packed at
 * several sides passes here, and iterators take ten times as long.
 *
 * @param from side of `pixels`
 * @param to new side, at most `from`
 */
export function shrink(pixels: Uint8Array, from: number, to: number): Uint8Array {
  const shares = sharesOf(from, to);
  const { firsts, counts, weights, most } = shares;
  const rows = shrinkRows(pixels, from, to, shares);
  const stride = to * 3;
  const result = new Uint8Array(to * stride);
  const sums = new Float64Array(stride);
  for (let y = 0; y < to; y++) {
    // Storing in bytes cuts off, so that a half more rounds.
    sums.fill(0);
    for (let share = 0; share < (counts[y] ?? 0); share++) {
      const weight = weights[y * most + share] ?? 0;
      const row = ((firsts[y] ?? 0) + share) * stride;
      for (let place = 0; place < stride; place++) sums[place] = (sums[place] ?? 0) + weight * (rows[row + place] ?? 0);
    }
    for (let place = 0; place < stride; place++) result[y * stride + place] = (sums[place] ?? 0) + 0.5;
  }
  return result;
}
