import { createHash } from 'node:crypto';
import seedrandom from 'seedrandom';
import type { SplitName } from '../types.js';

const seed = 'fashion-mnist-1';

/** Parts of each class, of 70: 10 for test, 12 for validation, the rest for training. */
const testPart = 10 / 70;
const validationPart = 12 / 70;

/**
 * Which split each image of a class belongs to: shuffled with a fixed seed and cut, so that every class has the same parts everywhere.
 * @param count images of the class; 7,000 give 4,800 train, 1,200 validation and 1,000 test.
 */
export function splitClass(label: number, count: number): readonly SplitName[] {
  const random = seedrandom.alea(`${seed}/split/${label}`);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [order[last] ?? 0, order[other] ?? 0];
    order[last] = b;
    order[other] = a;
  }
  const test = Math.round(count * testPart);
  const validation = Math.round(count * validationPart);
  const splits = new Array<SplitName>(count).fill('train');
  order.forEach((index, place) => {
    if (place < test) splits[index] = 'test';
    else if (place < test + validation) splits[index] = 'validation';
  });
  return splits;
}

/** Ten characters 0-9a-z that name an image and tell nothing about its class or split. */
export function imageId(label: number, index: number): string {
  const digest = createHash('sha256').update(`${seed}/image/${label}/${index}`).digest();
  return (digest.readBigUInt64BE() % 36n ** 10n).toString(36).padStart(10, '0');
}
