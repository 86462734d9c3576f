import sharp from 'sharp';
import type { Dataset } from './types.js';

const sampleSize = 32;

/**
 * The typical short side of a data set's images in pixels: the median over a sample spread evenly over the training images. Images that cannot be
 * read do not count; 32 where none can.
 */
export async function typicalSide(dataset: Dataset): Promise<number> {
  const step = Math.max(1, Math.floor(dataset.train.length / sampleSize));
  const sample = dataset.train.filter((_, index) => index % step === 0).slice(0, sampleSize);
  const sides = await Promise.all(
    sample.map(({ path }) =>
      sharp(path)
        .metadata()
        .then(
          ({ width, height }) => Math.min(width, height),
          // Packing reports what cannot be read; for a median it is enough to leave it out.
          () => null,
        ),
    ),
  );
  const known = sides.filter((side): side is number => side !== null).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? 32;
}
