// The photos that are packed: those of a folder, or 500 x 375 mosaics of the clothing14 photos beside the checkout.
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { inShared } from '../shared.js';

const isPhoto = /\.jpe?g$/i;
const photosIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => isPhoto.test(name))
    .sort()
    .map((name) => join(folder, name));

/** Two rows of three photos: as much detail in each pixel as photos of that size have. */
async function mosaic(paths) {
  const parts = await Promise.all(
    paths.map(async (path, place) => ({
      input: await sharp(path).resize(166, 187).png().toBuffer(),
      left: 167 * (place % 3),
      top: 188 * Math.floor(place / 3),
    })),
  );
  const whole = await sharp({ create: { width: 500, height: 375, channels: 3, background: '#808080' } })
    .composite(parts)
    .png()
    .toBuffer();
  return sharp(whole).jpeg({ quality: 90 }).toBuffer();
}

/**
 * Writes a data set of two classes with `count` photos.
 * @returns the paths of the photos.
 */
export async function makePhotos(folder, count, source) {
  for (const name of ['a', 'b']) mkdirSync(join(folder, 'train', name), { recursive: true });
  const place = (index) => join(folder, 'train', index % 2 === 0 ? 'a' : 'b', `${String(index).padStart(6, '0')}.jpg`);
  if (source !== undefined) {
    const paths = photosIn(source).slice(0, count);
    if (paths.length < 20) throw new Error(`${source}: expected 20 JPEG files at the least, got ${paths.length}`);
    for (const [index, path] of paths.entries()) linkSync(path, place(index));
    return paths.map((_, index) => place(index));
  }
  const tar = inShared('data', 'clothing14.tar');
  const unpacked = join(folder, '..', 'unpacked');
  mkdirSync(unpacked);
  const { status } = spawnSync('tar', ['-xf', tar, '-C', unpacked]);
  if (status !== 0)
    throw new Error(`${tar}: expected clothing14.tar, got tar's status ${status}; try a folder of photos`);
  const paths = photosIn(unpacked);
  for (let index = 0; index < count; index++) {
    const six = Array.from({ length: 6 }, (_, part) => paths[(index * 6 + part) % paths.length]);
    writeFileSync(place(index), await mosaic(six));
  }
  return Array.from({ length: count }, (_, index) => place(index));
}
