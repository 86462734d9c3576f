import type { Program, ValueRef } from '../../program/types.js';

/** Names a value of a program: `node:output`. */
export function keyOf({ node, output }: ValueRef): string {
  return `${node}:${output}`;
}

/**
 * How a program cuts vectors into parts: for each vector that is only ever cut into parts that do not overlap, the sizes of these parts and of the
 * gaps between them, in order. One SplitV then serves all of its slices.
 * @returns sizes by `node:output` of the vector; vectors with overlapping parts are absent.
 */
export function piecesOf(program: Program): ReadonlyMap<string, readonly number[]> {
  const cuts = new Map<string, Map<number, number>>();
  const overlapping = new Set<string>();
  for (const { operation, inputs } of program.nodes) {
    const [source] = inputs;
    if (operation.kind !== 'slice' || source === undefined) continue;
    const key = keyOf(source);
    const parts = cuts.get(key) ?? new Map<number, number>();
    if ((parts.get(operation.begin) ?? operation.length) !== operation.length) overlapping.add(key);
    parts.set(operation.begin, operation.length);
    cuts.set(key, parts);
  }
  const sizes = new Map<string, readonly number[]>();
  for (const [key, parts] of cuts) {
    const [node = 0, output = 0] = key.split(':').map(Number);
    const total = program.nodes[node]?.outputs[output]?.shape[0] ?? 0;
    const cut = cutUp(parts, total);
    if (cut !== null && !overlapping.has(key)) sizes.set(key, cut);
  }
  return sizes;
}

/** Sizes of the parts and the gaps between them; null where parts overlap. */
function cutUp(parts: ReadonlyMap<number, number>, total: number): readonly number[] | null {
  const sizes: number[] = [];
  let end = 0;
  for (const [begin, length] of [...parts].sort(([a], [b]) => a - b)) {
    if (begin < end) return null;
    if (begin > end) sizes.push(begin - end);
    sizes.push(length);
    end = begin + length;
  }
  if (end < total) sizes.push(total - end);
  return sizes;
}
