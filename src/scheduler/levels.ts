import type { BracketPlan } from './brackets.js';

/** Resources closer than this factor are one level. */
const sameLevel = 1.01;

/** The resources at which rungs are measured, ascending. */
export function levelsOf(brackets: readonly BracketPlan[]): readonly number[] {
  const sorted = brackets.flatMap((rungs) => rungs.map(({ resource }) => resource)).sort((a, b) => a - b);
  return sorted.filter((resource, index) => index === 0 || resource > (sorted[index - 1] ?? 0) * sameLevel);
}

/** Index of the level of a resource; the highest for those above it. */
export function levelOf(levels: readonly number[], resource: number): number {
  const index = levels.findIndex((level) => resource <= level * sameLevel);
  return index < 0 ? levels.length - 1 : index;
}
