// Pictures to train on where none are given: blurred noise in the colours of its class, as JPEG files in class folders.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const classes = 10;
const [width, height] = [200, 150];

/** @returns the folder. */
export async function makeImages(folder, count) {
  for (let index = 0; index < count; index++) {
    const label = index % classes;
    const directory = join(folder, `class${label}`);
    mkdirSync(directory, { recursive: true });
    const pixels = Buffer.from({ length: 12 * 9 * 3 }, (_, place) => (place * (label + 3) * 37 + index * 7919) % 251);
    const picture = sharp(pixels, { raw: { width: 12, height: 9, channels: 3 } }).resize(width, height);
    writeFileSync(join(directory, `${index}.jpg`), await picture.jpeg().toBuffer());
  }
  return folder;
}
