/** Position of pixel `index` of an axis continued by reflection without repeating the edge: … 2 1 | 0 1 2 … n−1 | n−2 … */
function reflect(index: number, side: number): number {
  if (index < 0) return -index;
  return index < side ? index : 2 * side - 2 - index;
}

/**
 * Copies one square RGB image, shifted, with what comes in from outside reflected: the random crop of a reflect-padded image. A shift is one
 * move of memory; only the rows and columns that came from outside are then mended.
 *
 * @param dx pixels to the left, |dx| < side
 * @param dy pixels upwards, |dy| < side
 * @param offset bytes from which on `target` receives side² · 3 bytes
 */
export function copyShifted(
  source: Uint8Array,
  side: number,
  target: Uint8Array,
  offset: number,
  { dx, dy }: { readonly dx: number; readonly dy: number },
): void {
  const stride = side * 3;
  const shift = (dy * side + dx) * 3;
  const begin = Math.max(0, shift);
  const end = Math.min(source.length, source.length + shift);
  target.set(begin === 0 && end === source.length ? source : source.subarray(begin, end), offset + begin - shift);
  if (shift === 0) return;

  const firstOutside = dx > 0 ? side - dx : 0;
  const endOutside = dx > 0 ? side : -dx;
  const [firstInside, endInside] = dx > 0 ? [0, side - dx] : [-dx, side];
  for (let row = 0; row < side; row++) {
    const from = reflect(row + dy, side) * stride;
    const to = offset + row * stride;
    if (row + dy < 0 || row + dy >= side) {
      const inside = source.subarray(from + (firstInside + dx) * 3, from + (endInside + dx) * 3);
      target.set(inside, to + firstInside * 3);
    }
    for (let column = firstOutside; column < endOutside; column++) {
      const pixel = from + reflect(column + dx, side) * 3;
      target[to + column * 3] = source[pixel] ?? 0;
      target[to + column * 3 + 1] = source[pixel + 1] ?? 0;
      target[to + column * 3 + 2] = source[pixel + 2] ?? 0;
    }
  }
}
