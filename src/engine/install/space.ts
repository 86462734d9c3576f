import type { Archive, EngineRecipe } from './packages.js';

/** For what is small and not counted: addon, headers, the compiler's files. */
const marginBytes = 50e6;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Space for downloading: pip keeps a second copy of the wheel that it is about to hand over. */
export function downloadSpace(lacking: readonly Archive[]): number {
  const sizes = lacking.map(({ bytes }) => bytes);
  return sum(sizes) + Math.max(0, ...sizes);
}

/**
 * Largest space that an installation takes, what its folder already holds not counted.
 * @param lacking archives that have to be downloaded.
 */
export function installSpace({ wheels }: EngineRecipe, lacking: readonly Archive[]): number {
  // Stripping writes a library anew beside the old one.
  const building = sum(wheels.map(({ unpackedBytes }) => unpackedBytes)) + wheels[0].largestMemberBytes;
  return Math.max(downloadSpace(lacking), sum(lacking.map(({ bytes }) => bytes)) + building) + marginBytes;
}
