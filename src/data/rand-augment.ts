import { unreachable } from '../errors.js';
import type { HashStream } from './random.js';

/** Operations on each image, drawn one after the other, of which the same may come twice. */
const operationsEach = 2;

/** What an operation does at magnitude 10; at others a part of it. */
const mostFactor = 0.9;
const mostBits = 4;
const mostShift = 0.3;
const mostDegrees = 30;

/** What comes in from outside of a moved image. */
const grey = 128;

const operations = [
  'identity',
  'brightness',
  'contrast',
  'saturation',
  'posterize',
  'solarize',
  'shift-right',
  'shift-down',
  'rotate',
] as const;

/** Brightness of a pixel as ITU-R BT.601 has it, in 256ths. */
const [redShare, greenShare, blueShare] = [77, 150, 29];

/**
 * RandAugment (Cubuk et al. 2020) with those of its operations that are cheap: two of brightness, contrast, saturation, posterize, solarize,
 * shifts, rotation and none, at one magnitude, each upwards or downwards.
 */
export class RandAugment {
  private readonly copy: Uint8Array;
  private readonly table = new Uint8Array(256);

  /** @param side of the images in pixels */
  constructor(private readonly side: number) {
    this.copy = new Uint8Array(side * side * 3);
  }

  /** Changes an image of side² · 3 bytes in place. @param magnitude in [0, 10] */
  apply(image: Uint8Array, magnitude: number, random: HashStream): void {
    for (let count = 0; count < operationsEach; count++) {
      const operation = operations[random.below(operations.length)] ?? 'identity';
      const strength = (magnitude / 10) * (random.next() < 0.5 ? -1 : 1);
      this.change(image, operation, strength);
    }
  }

  /** @param strength in [−1, 1]; posterize and solarize take its size alone */
  change(image: Uint8Array, operation: (typeof operations)[number], strength: number): void {
    const factor = 1 + mostFactor * strength;
    switch (operation) {
      case 'identity':
        break;
      case 'brightness':
        this.look(image, (value) => value * factor);
        break;
      case 'contrast': {
        const mean = meanBrightness(image);
        this.look(image, (value) => mean + (value - mean) * factor);
        break;
      }
      case 'saturation':
        saturate(image, Math.round(256 * factor));
        break;
      case 'posterize': {
        const mask = 0x100 - 2 ** Math.round(mostBits * Math.abs(strength));
        this.look(image, (value) => value & mask);
        break;
      }
      case 'solarize': {
        const threshold = 256 * (1 - Math.abs(strength));
        this.look(image, (value) => (value >= threshold ? 255 - value : value));
        break;
      }
      case 'shift-right':
        this.move(image, 0, strength * mostShift * this.side, 0);
        break;
      case 'shift-down':
        this.move(image, 0, 0, strength * mostShift * this.side);
        break;
      case 'rotate':
        this.move(image, (strength * mostDegrees * Math.PI) / 180, 0, 0);
        break;
      default:
        unreachable(operation);
    }
  }

  /** Replaces each byte by a function of it. */
  private look(image: Uint8Array, change: (value: number) => number): void {
    const { table } = this;
    for (let value = 0; value < 256; value++) table[value] = Math.min(255, Math.max(0, Math.round(change(value))));
    for (let place = 0; place < image.length; place++) image[place] = table[image[place] ?? 0] ?? 0;
  }

  /** Turns the image about its centre, then moves it right and down by pixels; each pixel is that which stood nearest. */
  private move(image: Uint8Array, angle: number, right: number, down: number): void {
    const { side, copy } = this;
    copy.set(image);
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    const middle = (side - 1) / 2;
    for (let y = 0, to = 0; y < side; y++) {
      const dy = y - middle - down;
      for (let x = 0; x < side; x++, to += 3) {
        const dx = x - middle - right;
        const column = Math.round(cosine * dx + sine * dy + middle);
        const row = Math.round(cosine * dy - sine * dx + middle);
        const isInside = column >= 0 && column < side && row >= 0 && row < side;
        const from = (row * side + column) * 3;
        image[to] = isInside ? (copy[from] ?? 0) : grey;
        image[to + 1] = isInside ? (copy[from + 1] ?? 0) : grey;
        image[to + 2] = isInside ? (copy[from + 2] ?? 0) : grey;
      }
    }
  }
}

function brightnessAt(image: Uint8Array, place: number): number {
  const weighted =
    redShare * (image[place] ?? 0) + greenShare * (image[place + 1] ?? 0) + blueShare * (image[place + 2] ?? 0);
  return weighted >> 8;
}

function meanBrightness(image: Uint8Array): number {
  let sum = 0;
  for (let place = 0; place < image.length; place += 3) sum += brightnessAt(image, place);
  return sum / (image.length / 3);
}

/** @param factor of the distance of each colour from the pixel's brightness, in 256ths */
function saturate(image: Uint8Array, factor: number): void {
  for (let place = 0; place < image.length; place += 3) {
    const brightness = brightnessAt(image, place);
    for (let channel = place; channel < place + 3; channel++) {
      const value = brightness + ((((image[channel] ?? 0) - brightness) * factor) >> 8);
      image[channel] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}
