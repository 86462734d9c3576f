/** Shuffles in place (Fisher–Yates). `random` gives numbers in [0, 1). */
export function shuffle(values: Int32Array, random: () => number): Int32Array {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const value = values[last] ?? 0;
    values[last] = values[other] ?? 0;
    values[other] = value;
  }
  return values;
}

/**
 * Mixes two integers to one unsigned 32-bit number that looks random: MurmurHash3's finaliser. Unlike a stream it needs no order, so that an
 * image's augmentation does not depend on which images came before it.
 */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream of numbers in [0, 1) that follows from its seed alone: hashes of a counter. */
export class HashStream {
  private drawn = 0;

  /** @param seed 32 bits. */
  constructor(private readonly seed: number) {}

  next(): number {
    this.drawn++;
    return mix(this.seed, this.drawn) / 2 ** 32;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number from 0 to count − 1. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /**
   * A number in [0, 1] from the beta distribution with both parameters `alpha` (Jöhnk 1964), in logarithms, so that a small alpha loses nothing.
   *
   * @param alpha above 0; up to 2 it takes a few draws
   */
  beta(alpha: number): number {
    for (;;) {
      const x = Math.log(1 - this.next()) / alpha;
      const y = Math.log(1 - this.next()) / alpha;
      if (Math.exp(x) + Math.exp(y) <= 1) return 1 / (1 + Math.exp(y - x));
    }
  }
}
