/** Anything that takes memory for each image of a run. */
interface Hungry {
  readonly activationBytesPerImage: number;
}

/**
 * Chooses how to compute a step in limited memory. Batch statistics want as many images in a run as can be, so the batch stays whole where any
 * way allows it, and is cut into micro-batches only otherwise.
 * @param ways in the order of their work.
 * @param images of a whole batch.
 * @returns the first way in which the batch fits, else the first of those that hold most images; and how many images a run may hold, at
 * least 1.
 * @throws Error where there is no way.
 */
export function fitBatch<T extends Hungry>(
  ways: Iterable<T>,
  images: number,
  limitBytes: number,
): { readonly way: T; readonly maxImages: number } {
  let best: { readonly way: T; readonly maxImages: number } | null = null;
  for (const way of ways) {
    const maxImages = Math.max(1, Math.floor(limitBytes / way.activationBytesPerImage));
    if (best === null || maxImages > best.maxImages) best = { way, maxImages };
    if (maxImages >= images) break;
  }
  if (best === null) throw new Error('no way to compute a step');
  return best;
}
