import { ProgramBuilder, writtenVariables } from './builder.js';
import type { Node, Program, TensorType, VariableSpec } from './types.js';

/** Each part of a batch has its own batch statistics: those of fewer images are noise that a rung, which mostly has one thread, has not seen. */
export const fewestPartImages = 16;

/** More parts would make the graph large. */
const mostParts = 8;

/** Parts of the usual batch of 64 images: of more threads than that several work on one part. */
export const usualParts = 64 / fewestPartImages;

/** Into how many parts batches are divided so that so many threads have work. @param batchSize images that most runs hold. */
export function partsFor(threads: number, batchSize: number): number {
  return Math.max(1, Math.min(threads, mostParts, Math.floor(batchSize / fewestPartImages)));
}

/** The name under which part `part` of an input or output stands. */
export const partName = (name: string, part: number): string => `${name}/${part}`;

/** Whether a tensor has the batch as its first dimension. */
export const hasBatch = ({ shape }: TensorType): boolean => shape[0] === -1;

/**
 * The same computation for several parts of a batch, next to each other: nothing ties them together but what does not depend on the batch, which is
 * computed once, and the changes of variables, which are made in the order of the parts. So a run does what runs of `program` on one part after the
 * other would do, and an engine that executes independent nodes at the same time is kept busy by nodes that are too small to be divided. Inputs with a
 * batch and all outputs stand under `partName`.
 *
 * @param variables all that the program may read or change
 * @param parts at least 1
 */
export function sideBySide(program: Program, variables: readonly VariableSpec[], parts: number): Program {
  const builder = new ProgramBuilder(program.name, variables);
  const written = new Set(program.nodes.flatMap(({ operation }) => writtenVariables(operation)));
  /** What has become of the nodes that are the same for all parts. */
  const common = new Map<number, number>();
  for (let part = 0; part < parts; part++) {
    const ids = new Map(common);
    const idOf = (node: number): number => {
      const id = ids.get(node);
      if (id === undefined) throw new Error(`program ${program.name}: node ${node} stands before it is needed`);
      return id;
    };
    for (const node of program.nodes) {
      if (common.has(node.id)) continue;
      const id = append(builder, node, part, idOf);
      ids.set(node.id, id);
      if (isCommon(node, common, written)) common.set(node.id, id);
    }
    for (const [name, { node, output }] of Object.entries(program.outputs)) {
      builder.output(partName(name, part), { node: idOf(node), output });
    }
  }
  return builder.build();
}

function append(builder: ProgramBuilder, node: Node, part: number, idOf: (node: number) => number): number {
  const { operation, outputs } = node;
  if (operation.kind === 'readVariable') return builder.read(operation.variable).node;
  const [type] = outputs;
  if (operation.kind === 'input' && type !== undefined) {
    return builder.input(hasBatch(type) ? partName(operation.name, part) : operation.name, type).node;
  }
  const inputs = node.inputs.map(({ node: from, output }) => ({ node: idOf(from), output }));
  builder.add(operation, inputs, node.after.map(idOf));
  return builder.nodes.length - 1;
}

/** Whether a node gives the same in every part. */
function isCommon(
  { operation, inputs, after, outputs }: Node,
  common: ReadonlyMap<number, number>,
  written: ReadonlySet<string>,
): boolean {
  if (writtenVariables(operation).length > 0 || outputs.some(hasBatch)) return false;
  if (operation.kind === 'readVariable') return !written.has(operation.variable);
  return [...inputs.map(({ node }) => node), ...after].every((id) => common.has(id));
}
