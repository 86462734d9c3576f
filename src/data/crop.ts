/** Position of pixel `index` of an axis continued by reflection without repeating the edge: … 2 1 | 0 1 2 … n−1 | n−2 … */
function reflect(index: number, side: number): number {
  if (index < 0) return -index;
  return index < side ? index : 2 * side - 2 - index;
}

/**
 * Copies one RGB image, shifted by (dx, dy) pixels with what comes in from outside reflected, optionally mirrored: the random crop of a
 * reflect-padded image.
 *
 * @param dx pixels to the left, |dx| < side
 * @param dy pixels upwards, |dy| < side
 * @param offset bytes from which on `target` receives side² · 3 bytes
 */
export function copyCrop(
  source: Uint8Array,
  side: number,
  target: Uint8Array,
  offset: number,
  { dx, dy, mirrored }: { readonly dx: number; readonly dy: number; readonly mirrored: boolean },
): void {
  if (mirrored) copyMirrored(source, side, target, offset, dx, dy);
  else copyShifted(source, side, target, offset, dx, dy);
}

/** A shift is one move of memory; only the columns and rows that came from outside are then mended. */
function copyShifted(
  source: Uint8Array,
  side: number,
  target: Uint8Array,
  offset: number,
  dx: number,
  dy: number,
): void {
  const stride = side * 3;
  const shift = (dy * side + dx) * 3;
  const begin = Math.max(0, shift);
  const end = Math.min(source.length, source.length + shift);
  target.set(begin === 0 && end === source.length ? source : source.subarray(begin, end), offset + begin - shift);

  const firstColumn = dx > 0 ? side - dx : 0;
  const endColumn = dx > 0 ? side : -dx;
  for (let row = 0; row < side; row++) {
    const inside = row + dy >= 0 && row + dy < side;
    const begin = reflect(row + dy, side) * stride;
    const last = inside ? endColumn : side;
    for (let column = inside ? firstColumn : 0; column < last; column++) {
      const from = begin + reflect(column + dx, side) * 3;
      const to = offset + row * stride + column * 3;
      target[to] = source[from] ?? 0;
      target[to + 1] = source[from + 1] ?? 0;
      target[to + 2] = source[from + 2] ?? 0;
    }
  }
}

function copyMirrored(
  source: Uint8Array,
  side: number,
  target: Uint8Array,
  offset: number,
  dx: number,
  dy: number,
): void {
  let to = offset;
  const inside = side - Math.abs(dx);
  for (let row = 0; row < side; row++) {
    const begin = reflect(row + dy, side) * side * 3;
    // The shifted row from its last column to its first: outside, inside and outside again.
    for (let column = side - 1; column >= 0; ) {
      const x = column + dx;
      if (x >= side || x < 0) {
        const from = begin + reflect(x, side) * 3;
        target[to] = source[from] ?? 0;
        target[to + 1] = source[from + 1] ?? 0;
        target[to + 2] = source[from + 2] ?? 0;
        to += 3;
        column--;
        continue;
      }
      const stop = begin + (x - inside) * 3;
      for (let from = begin + x * 3; from > stop; from -= 3) {
        target[to] = source[from] ?? 0;
        target[to + 1] = source[from + 1] ?? 0;
        target[to + 2] = source[from + 2] ?? 0;
        to += 3;
      }
      column -= inside;
    }
  }
}
