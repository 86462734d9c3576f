import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { onTestFinished } from 'vitest';
import type { ImageReader, SplitName } from '../../src/data/types.js';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, given by path within `folder`; makes the folders on the way. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** Files of no content at these paths: enough for reading a layout. */
export function emptyFiles(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, '']));
}

/** An image of one colour. */
export function plain(width: number, height: number, [r, g, b]: readonly [number, number, number]): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } });
}

/** A PNG of one colour. */
export function png(side: number, colour: readonly [number, number, number]): Promise<Buffer> {
  return plain(side, side, colour).png().toBuffer();
}

/** An RGB image with different pixels everywhere. */
export function pattern(width: number, height: number): Buffer {
  return Buffer.from(Array.from({ length: width * height * 3 }, (_, place) => (place * 37 + (place >> 5) * 11) % 256));
}

/** A reader over square images in memory: pixel bytes are `value(index, place)`. */
export function memoryReader(resolution: number, value: (index: number, place: number) => number): ImageReader {
  const imageBytes = resolution * resolution * 3;
  const read = (_split: SplitName, index: number, target: Uint8Array, offset: number): void => {
    for (let place = 0; place < imageBytes; place++) target[offset + place] = value(index, place);
  };
  return {
    resolution,
    imageBytes,
    read,
    close: () => {},
  };
}
