import { writtenVariables } from './builder.js';
import { depthwiseSide, elements, isBatched } from './geometry.js';
import type { Node, Program, TensorType, ValueRef } from './types.js';

/** What is known about a program before it runs. */
export interface ProgramPlan {
  /**
   * For every node, the values that nobody needs once it has run: inputs at their last use, outputs that nobody takes.
   * Every value but the program's outputs stands in exactly one list.
   */
  readonly diesAfter: readonly (readonly ValueRef[])[];
  /**
   * Multiply-accumulates of convolutions and matrix products for one image (all gradients included, when the program
   * has them).
   */
  readonly macsPerImage: number;
  /**
   * Highest sum of live tensors that grow with the batch, for one image. An estimate: engines need room of their own.
   */
  readonly peakBytesPerImage: number;
  /** Bytes that do not grow with the batch: the program's variables and the highest sum of its other live tensors. */
  readonly weightBytes: number;
}

function inputType(program: Program, node: Node, index: number): TensorType {
  const value = node.inputs[index];
  const type = value === undefined ? undefined : program.nodes[value.node]?.outputs[value.output];
  if (type === undefined) throw new Error(`program ${program.name}: node ${node.id} has no input ${index}`);
  return type;
}

/** Multiply-accumulates of one node for one image. */
export function macsOf(program: Program, node: Node): number {
  const shape = (index: number) => inputType(program, node, index).shape;
  const result = node.outputs[0]?.shape ?? [];
  switch (node.operation.kind) {
    case 'conv2d':
      return (elements(result) * elements(shape(1))) / (result[3] ?? 1);
    case 'conv2dInputGradient':
    case 'conv2dFilterGradient': {
      const filter = node.operation.kind === 'conv2dFilterGradient' ? node.operation.filterShape : shape(1);
      return (elements(shape(0)) * elements(filter)) / (filter[3] ?? 1);
    }
    case 'depthwiseConv2d':
      return elements(result) * depthwiseSide ** 2;
    case 'depthwiseConv2dInputGradient':
    case 'depthwiseConv2dFilterGradient':
      return elements(shape(0)) * depthwiseSide ** 2;
    case 'matMul': {
      const inner = shape(0)[node.operation.transposeA ? 0 : 1] ?? 1;
      return elements(result) * Math.abs(inner);
    }
    default:
      return 0;
  }
}

/** Bytes of a tensor, for one image where it grows with the batch. */
export function bytesOf(type: TensorType): number {
  return elements(type.shape) * (type.dtype === 'uint8' ? 1 : 4);
}

function key(value: ValueRef): string {
  return `${value.node}:${value.output}`;
}

function lastUses(program: Program): readonly (readonly ValueRef[])[] {
  const last = new Map<string, number>();
  for (const node of program.nodes) {
    node.outputs.forEach((_, output) => {
      last.set(key({ node: node.id, output }), node.id);
    });
    for (const value of node.inputs) last.set(key(value), node.id);
  }
  for (const value of Object.values(program.outputs)) last.delete(key(value));
  const dies: ValueRef[][] = program.nodes.map(() => []);
  for (const node of program.nodes) {
    node.outputs.forEach((_, output) => {
      const end = last.get(key({ node: node.id, output }));
      if (end !== undefined) dies[end]?.push({ node: node.id, output });
    });
  }
  return dies;
}

/** Bytes of the variables that the program reads or changes. */
function variableBytes(program: Program): number {
  const bytes = new Map<string, number>();
  for (const node of program.nodes) {
    const { operation } = node;
    const [read] = node.outputs;
    if (operation.kind === 'readVariable' && read !== undefined) bytes.set(operation.variable, bytesOf(read));
    if (node.inputs.length === 0) continue;
    for (const variable of writtenVariables(operation)) bytes.set(variable, bytesOf(inputType(program, node, 0)));
  }
  return [...bytes.values()].reduce((sum, size) => sum + size, 0);
}

/**
 * Highest sums of live bytes; a reshaped value shares its bytes with the original, and a read variable is counted as a
 * variable.
 */
function peaks(program: Program, diesAfter: readonly (readonly ValueRef[])[]): { batched: number; fixed: number } {
  const buffers = new Map<string, { readonly bytes: number; readonly batched: boolean; users: number }>();
  const live = { batched: 0, fixed: 0 };
  const peak = { batched: 0, fixed: 0 };
  const count = (buffer: { readonly bytes: number; readonly batched: boolean }, sign: number): void => {
    live[buffer.batched ? 'batched' : 'fixed'] += sign * buffer.bytes;
  };
  program.nodes.forEach((node, index) => {
    node.outputs.forEach((type, output) => {
      const [source] = node.inputs;
      const shared = node.operation.kind === 'reshape' && source !== undefined ? buffers.get(key(source)) : undefined;
      const bytes = node.operation.kind === 'readVariable' ? 0 : bytesOf(type);
      const buffer = shared ?? { bytes, batched: isBatched(type.shape), users: 0 };
      if (shared === undefined) count(buffer, 1);
      buffer.users += 1;
      buffers.set(key({ node: node.id, output }), buffer);
    });
    peak.batched = Math.max(peak.batched, live.batched);
    peak.fixed = Math.max(peak.fixed, live.fixed);
    for (const value of diesAfter[index] ?? []) {
      const buffer = buffers.get(key(value));
      if (buffer === undefined) continue;
      buffer.users -= 1;
      if (buffer.users === 0) count(buffer, -1);
    }
  });
  return peak;
}

/** Works out when each tensor may be freed, how much memory that takes and how much arithmetic there is. */
export function planProgram(program: Program): ProgramPlan {
  const diesAfter = lastUses(program);
  const peak = peaks(program, diesAfter);
  return {
    diesAfter,
    macsPerImage: program.nodes.reduce((sum, node) => sum + macsOf(program, node), 0),
    peakBytesPerImage: peak.batched,
    weightBytes: variableBytes(program) + peak.fixed,
  };
}
