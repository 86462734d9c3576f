import { createHash } from 'node:crypto';

/** A stream of random choices that depends on its seed alone: an input is named by seed, target and number. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  }

  /** In [0, 1): Mulberry32. */
  unit() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [0, below). */
  below(below) {
    return Math.floor(this.unit() * below);
  }

  chance(probability) {
    return this.unit() < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Most often small, now and then up to `most`. */
  size(most) {
    return Math.floor(most ** this.unit());
  }
}
