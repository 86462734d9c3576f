import { shuffled } from './split.js';

/** Two grey images of the same even side, each squashed to half its height, one above the other. */
export function stacked(top, bottom, side) {
  const half = side / 2;
  const pixels = new Uint8Array(side * side);
  for (const [place, image] of [top, bottom].entries())
    for (let row = 0; row < half; row++)
      for (let column = 0; column < side; column++) {
        const [one, two] = [image[2 * row * side + column], image[(2 * row + 1) * side + column]];
        pixels[(place * half + row) * side + column] = (one + two + 1) >> 1;
      }
  return pixels;
}

/**
 * Which images make the members of `classes`² classes: an ordered pair of classes is a class. No image is used twice.
 * @param pools indexes of the images of each class.
 * @param count members of each new class; takes 2 · classes · count images of each class.
 */
export function pairsOf(pools, count, seed) {
  const left = pools.map((pool, label) => [...shuffled(pool, `${seed}:${label}`)]);
  const needed = 2 * pools.length * count;
  const short = left.findIndex((pool) => pool.length < needed);
  if (short >= 0) throw new Error(`class ${short}: expected ${needed} images, got ${left[short].length}`);
  const labels = pools.map((_, label) => label);
  return labels.flatMap((top) =>
    labels.flatMap((bottom) =>
      Array.from({ length: count }, () => ({
        className: String(top * pools.length + bottom),
        top: { label: top, index: left[top].pop() },
        bottom: { label: bottom, index: left[bottom].pop() },
      })),
    ),
  );
}
