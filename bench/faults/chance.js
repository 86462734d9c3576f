import seedrandom from 'seedrandom';

/** A seeded stream of random choices. */
export class Chance {
  constructor(seed) {
    this.next = seedrandom.alea(String(seed));
  }

  /** True with a probability. */
  happens(probability) {
    return this.next() < probability;
  }

  between(low, high) {
    return low + (high - low) * this.next();
  }

  /** Evenly on a logarithmic scale. */
  logBetween(low, high) {
    return low * (high / low) ** this.next();
  }

  /** A whole number in [low, high]. */
  integer(low, high) {
    return low + Math.floor((high - low + 1) * this.next());
  }

  pick(list) {
    return list[Math.floor(list.length * this.next())];
  }
}
