import type { Configuration } from '../space/types.js';
import type { ProbeReport } from '../study/probe.js';
import { parseRecipe } from '../training/recipe.js';

/** Small networks whose training shows how fast an engine is. */
export const speedCandidates: readonly Configuration[] = [
  { resolution: 28, 'network.width': 16 },
  { resolution: 64, 'network.width': 16, 'network.stem': 'medium' },
];

export interface Speed {
  /** Images a second in training; 0 where it failed. */
  readonly imagesPerSecond: number;
  /** What was trained, in words. */
  readonly network: string;
}

/** What a probe of `speedCandidates` measured. */
export function speeds({ rates }: ProbeReport): readonly Speed[] {
  return speedCandidates.map((candidate, index) => {
    const { 'network.width': width, resolution } = parseRecipe(candidate);
    const network = `residual network of width ${width} at ${resolution} px`;
    return { imagesPerSecond: rates[index]?.trainImagesPerSecond ?? 0, network };
  });
}
