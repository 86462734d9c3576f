import { directionNumbers } from './direction-numbers.js';

const bits = 32;

/** Dimensions that the sequence has. */
export const sobolDimensions = directionNumbers.length + 1;

/** The direction numbers of a dimension from 0, the most significant bit first, by the recurrence of Bratley & Fox (1988). */
function directions(dimension: number): Uint32Array {
  const numbers = new Uint32Array(bits);
  const row = directionNumbers[dimension - 1];
  for (let bit = 0; bit < bits; bit++) {
    if (row === undefined) {
      numbers[bit] = 2 ** (bits - 1 - bit);
      continue;
    }
    const [degree, coefficients, ...initial] = row;
    const before = (back: number): number => numbers[bit - back] ?? 0;
    if (bit < degree) {
      numbers[bit] = (initial[bit] ?? 0) * 2 ** (bits - 1 - bit);
      continue;
    }
    let number = before(degree) ^ (before(degree) >>> degree);
    for (let back = 1; back < degree; back++) {
      if ((coefficients >>> (degree - 1 - back)) & 1) number ^= before(back);
    }
    numbers[bit] = number;
  }
  return numbers;
}

const table = Array.from({ length: sobolDimensions }, (_, dimension) => directions(dimension));

/**
 * Coordinate of a point of the Sobol sequence (Sobol 1967), in [0, 1): of every 2^k points that follow each other from a multiple of 2^k on, one
 * stands in each of the 2^k equal parts of a coordinate.
 *
 * @param index of the point, from 0, below 2^32
 * @param dimension from 0, below `sobolDimensions`
 * @param scramble of the 32 bits, after Owen (1995); its bits may depend on those above them, which keeps the rule.
 */
export function sobolCoordinate(index: number, dimension: number, scramble: (bits: number) => number): number {
  const numbers = table[dimension];
  if (numbers === undefined)
    throw new RangeError(`Sobol sequence: expected a dimension below ${sobolDimensions}, got ${dimension}`);
  let sum = 0;
  for (let bit = 0, rest = index; rest > 0; bit++, rest >>>= 1) if (rest & 1) sum ^= numbers[bit] ?? 0;
  return scramble(sum >>> 0) / 2 ** bits;
}

/**
 * Owen's nested scrambling (1995): each bit is turned over or not as a hash of the bits above it and of the seed says.
 *
 * @param seed a whole number in [0, 2^32)
 */
export function owenScramble(seed: number): (bits: number) => number {
  return (value) => {
    let scrambled = 0;
    for (let bit = bits - 1; bit >= 0; bit--) {
      const above = bit === bits - 1 ? 0 : value >>> (bit + 1);
      const turned = hash(above ^ hash(seed ^ hash(bit + 1))) & 1;
      scrambled = (scrambled << 1) | (((value >>> bit) & 1) ^ turned);
    }
    return scrambled >>> 0;
  };
}

/** The finaliser of MurmurHash3 (Appleby). */
function hash(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
