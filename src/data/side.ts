import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { isRaster } from './pack/header.js';
import { spread } from './spread.js';
import type { Dataset } from './types.js';

const sampleSize = 32;

/** As many bytes as the formats of pictures are told by. */
async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function shortSide(path: string): Promise<number | null> {
  if (!isRaster(await firstBytes(path))) return null;
  const { width, height } = await sharp(path).metadata();
  return Math.min(width, height);
}

/**
 * The typical short side of a data set's images in pixels: the median over a sample spread evenly over the training images. Images that cannot be
 * read do not count; 32 where none can.
 */
export async function typicalSide(dataset: Dataset): Promise<number> {
  const sample = spread(dataset.train, sampleSize);
  const sides = await Promise.all(
    sample.map(({ path }) =>
      // Packing reports what cannot be read; for a median it is enough to leave it out.
      shortSide(path).catch(() => null),
    ),
  );
  const known = sides.filter((side): side is number => side !== null).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? 32;
}
