import { isBatched } from './geometry.js';
import { bytesOf, planProgram } from './plan.js';
import { isActivation, lastForward, narrowNodes, recompute } from './recompute.js';
import type { Node, Program } from './types.js';

/** Most segments that are tried; the best number is near the root of the number of layers (Chen et al. 2016). */
const mostSegments = 24;

/** Nodes of the forward pass that the backward pass takes values from. */
function usedLater(program: Program): readonly Node[] {
  const turn = lastForward(program);
  const used = new Set(program.nodes.slice(turn + 1).flatMap((node) => node.inputs.map((value) => value.node)));
  return program.nodes.slice(0, turn + 1).filter((node) => used.has(node.id) && isActivation(node));
}

function activationBytes(node: Node): number {
  return node.outputs.reduce((sum, type) => sum + (isBatched(type.shape) ? bytesOf(type) : 0), 0);
}

/** Whether a node multiplies matrices; a depthwise convolution does not: it costs hardly more than a pass over memory. */
function multipliesMatrices({ operation }: Node): boolean {
  return operation.kind === 'conv2d' || operation.kind === 'matMul';
}

/**
 * Keeps what convolutions and matrix products made and computes normalisations, activation functions and depthwise convolutions again, which costs
 * passes over memory but no multiplication of matrices. Where two activations meet, the narrow value after them is kept too: what comes before it would
 * otherwise be computed again all at once.
 */
function withoutCheapActivations(program: Program): Program {
  const meets = (node: Node): boolean => {
    const sources = node.inputs.flatMap(({ node: id }) => program.nodes[id] ?? []).filter(isActivation);
    return !multipliesMatrices(node) && (sources.length > 1 || sources.some(meets));
  };
  const narrow = new Set(narrowNodes(program));
  const joins = usedLater(program).filter((node) => narrow.has(node.id) && meets(node));
  const products = program.nodes.filter((node) => isActivation(node) && multipliesMatrices(node));
  return recompute(program, new Set([...products, ...joins].map(({ id }) => id)));
}

/**
 * Cuts the forward pass at narrow values into segments of about equal bytes and keeps only these values and the last segment (Chen et al. 2016,
 * algorithm 3): the one with the lowest peak of all numbers of segments.
 */
function inSegments(program: Program): Program {
  const narrow = new Set(narrowNodes(program));
  const used = usedLater(program);
  const total = used.reduce((sum, node) => sum + activationBytes(node), 0);
  const cuts = (segments: number): readonly number[] => {
    let bytes = 0;
    return used.flatMap((node) => {
      bytes += activationBytes(node);
      if (!narrow.has(node.id) || bytes < total / segments) return [];
      bytes = 0;
      return [node.id];
    });
  };
  const keeping = (kept: readonly number[]): Program => {
    const last = kept.at(-1) ?? 0;
    const tail = program.nodes.filter(({ id }) => id > last).map(({ id }) => id);
    return recompute(program, new Set([...kept, ...tail]));
  };
  const tried = new Map<string, readonly number[]>();
  for (let segments = 2; segments <= Math.min(mostSegments, narrow.size); segments += 1) {
    const kept = cuts(segments);
    tried.set(kept.join(), kept);
  }
  let [best, peak] = [program, planProgram(program).peakBytesPerImage];
  for (const kept of tried.values()) {
    const candidate = keeping(kept);
    const bytes = planProgram(candidate).peakBytesPerImage;
    if (bytes < peak) [best, peak] = [candidate, bytes];
  }
  return best;
}

/**
 * Equivalent programs with ever lower peaks of memory for an image, at ever more work; none where nothing can be saved.
 * @param program one whose forward pass ends with the output `loss`.
 */
export function* leanerPrograms(program: Program): Generator<Program> {
  let peak = planProgram(program).peakBytesPerImage;
  for (const lean of [withoutCheapActivations, inSegments]) {
    const candidate = lean(program);
    const bytes = planProgram(candidate).peakBytesPerImage;
    if (bytes >= peak) continue;
    peak = bytes;
    yield candidate;
  }
}
