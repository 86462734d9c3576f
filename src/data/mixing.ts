import type { HashStream } from './random.js';
import { wordsOf } from './words.js';

/** How images are mixed with others; 0 for not at all. Where both are above 0, half of the images get one and half the other. */
export interface MixingSettings {
  /** Alpha of mixup (Zhang et al. 2018), at most 2. */
  readonly mixup: number;
  /** Alpha of CutMix (Yun et al. 2019), at most 2. */
  readonly cutmix: number;
}

/** Weights of blended images are 256ths, so that labels are mixed exactly as pixels are. */
const steps = 256;

/**
 * Mixes two images: a blend of all pixels, or a box of the second one in the first, its area a random part by the beta distribution.
 *
 * @param image side² · 3 bytes
 * @param other as many
 * @param target receives as many; neither of the two
 * @returns the first image's share of the result, in [0, 1]: that of its label
 */
export function mixImages(
  image: Uint8Array,
  other: Uint8Array,
  target: Uint8Array,
  side: number,
  { mixup, cutmix }: MixingSettings,
  random: HashStream,
): number {
  const cuts = cutmix > 0 && (mixup === 0 || random.next() < 0.5);
  if (cuts) return paste(image, other, target, side, random.beta(cutmix), random);
  const weight = Math.round(steps * random.beta(mixup));
  blend(image, other, target, weight);
  return weight / steps;
}

/** @param weight of the first image, in 256ths */
function blend(image: Uint8Array, other: Uint8Array, target: Uint8Array, weight: number): void {
  const rest = steps - weight;
  const [first, second, result] = [wordsOf(image), wordsOf(other), wordsOf(target)];
  if (first !== null && second !== null && result !== null) {
    blendWords(first, second, result, weight);
    return;
  }
  for (let place = 0; place < image.length; place++) {
    target[place] = ((image[place] ?? 0) * weight + (other[place] ?? 0) * rest + steps / 2) >> 8;
  }
}

/** Every second byte of a word, with as much room above it. */
const evenBytes = 0x00ff00ff;
const halves = 0x00800080;

/** Two bytes in one multiplication: the product of a byte and a weight takes two bytes. */
function blendWords(first: Int32Array, second: Int32Array, result: Int32Array, weight: number): void {
  const rest = steps - weight;
  for (let place = 0; place < first.length; place++) {
    const a = first[place] ?? 0;
    const b = second[place] ?? 0;
    const even = Math.imul(a & evenBytes, weight) + Math.imul(b & evenBytes, rest) + halves;
    const odd = Math.imul((a >>> 8) & evenBytes, weight) + Math.imul((b >>> 8) & evenBytes, rest) + halves;
    result[place] = ((even >>> 8) & evenBytes) | (odd & ~evenBytes);
  }
}

/** @param share of the first image, where no part of the box falls outside of the image */
function paste(
  image: Uint8Array,
  other: Uint8Array,
  target: Uint8Array,
  side: number,
  share: number,
  random: HashStream,
): number {
  target.set(image);
  const half = (side * Math.sqrt(1 - share)) / 2;
  const range = (): readonly [number, number] => {
    const middle = random.between(0, side);
    return [Math.round(Math.max(0, middle - half)), Math.round(Math.min(side, middle + half))];
  };
  const [[left, right], [top, bottom]] = [range(), range()];
  for (let row = top; row < bottom; row++) {
    const begin = (row * side + left) * 3;
    target.set(other.subarray(begin, (row * side + right) * 3), begin);
  }
  return 1 - ((right - left) * (bottom - top)) / side ** 2;
}
