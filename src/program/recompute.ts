import { isBatched } from './geometry.js';
import type { Node, Program, ValueRef } from './types.js';

/** The last node of the forward pass. @throws Error where the program has no output `loss`. */
export function lastForward(program: Program): number {
  const loss = program.outputs['loss'];
  if (loss === undefined) throw new Error(`program ${program.name}: recomputation needs an output named loss`);
  return loss.node;
}

/** Whether a node makes something that grows with the batch, from other values. */
export function isActivation(node: Node): boolean {
  return node.inputs.length > 0 && node.outputs.some(({ shape }) => isBatched(shape));
}

/**
 * Nodes at which the forward pass is as narrow as it gets: all that comes later takes nothing that grows with the batch from before but one
 * value of this node (and what is fed). Where such a value is kept, everything after it can be computed again from it.
 */
export function narrowNodes(program: Program): readonly number[] {
  const end = lastForward(program);
  const forward = program.nodes.slice(0, end + 1);
  const lastUse = new Map<number, number>();
  for (const node of forward) {
    for (const { node: source, output } of node.inputs) {
      if (isBatched(program.nodes[source]?.outputs[output]?.shape ?? [])) lastUse.set(source, node.id);
    }
  }
  const narrow: number[] = [];
  let open: readonly number[] = [];
  for (const node of forward) {
    open = open.filter((id) => (lastUse.get(id) ?? -1) > node.id);
    if (isActivation(node) && lastUse.has(node.id)) open = [...open, node.id];
    if (open.length === 1 && open[0] === node.id) narrow.push(node.id);
  }
  return narrow;
}

/** Copies a program and computes activations again where the backward pass needs them. */
class Rewriting {
  private readonly nodes: Node[] = [];
  /** New ids by old ones: of the first computation, and of the second. */
  private readonly ids: number[] = [];
  private readonly again = new Map<number, number>();
  /** For each node that computes something again, the gradient after which it runs. */
  private readonly waitsFor = new Map<number, number>();

  constructor(
    private readonly program: Program,
    private readonly kept: ReadonlySet<number>,
  ) {}

  run(): Program {
    const { program } = this;
    const turn = lastForward(program);
    for (const node of program.nodes) {
      const after = node.after.map((id) => this.ids[id] ?? 0);
      if (node.id <= turn) {
        this.ids.push(
          this.append(
            node,
            node.inputs.map((value) => this.first(value)),
            after,
          ),
        );
        continue;
      }
      const trigger = this.trigger(node, turn);
      const inputs = node.inputs.map((value) => (value.node > turn ? this.first(value) : this.needed(value, trigger)));
      this.ids.push(this.append(node, inputs, after));
    }
    const outputs = Object.entries(program.outputs).map(([name, value]) => [name, this.first(value)] as const);
    return { ...program, nodes: this.nodes, outputs: Object.fromEntries(outputs) };
  }

  /** The latest of the gradients that a node of the backward pass takes: what it needs besides is computed again only when that exists. */
  private trigger(node: Node, turn: number): number | undefined {
    const gradients = node.inputs.map((value) => value.node).filter((id) => id > turn);
    const latest = gradients.length > 0 ? Math.max(...gradients) : node.id - 1;
    return latest > turn ? this.ids[latest] : undefined;
  }

  private first({ node, output }: ValueRef): ValueRef {
    return { node: this.ids[node] ?? 0, output };
  }

  /** A value of the forward pass as the backward pass gets it. */
  private needed(value: ValueRef, trigger: number | undefined): ValueRef {
    const { node: id, output } = value;
    const node = this.program.nodes[id];
    if (node === undefined || trigger === undefined || this.kept.has(id) || !isActivation(node))
      return this.first(value);
    const made = this.again.get(id);
    if (made !== undefined) return { node: made, output };
    // Batch statistics and the like are small: they are kept unless they are computed again anyway.
    if (!isBatched(node.outputs[output]?.shape ?? [])) return this.first(value);
    const inputs = node.inputs.map((input) => this.needed(input, trigger));
    const waits = inputs.some((input) => this.waitsFor.get(input.node) === trigger);
    const copy = this.append(node, inputs, waits ? [] : [trigger]);
    this.again.set(id, copy);
    // Engines may make another shape of a value without running anything, so that nothing is ordered by it.
    if (node.operation.kind !== 'reshape') this.waitsFor.set(copy, trigger);
    return { node: copy, output };
  }

  private append(node: Node, inputs: readonly ValueRef[], after: readonly number[]): number {
    const id = this.nodes.length;
    const before = new Set(inputs.map((input) => input.node));
    this.nodes.push({ ...node, id, inputs, after: after.filter((earlier) => !before.has(earlier)) });
    return id;
  }
}

/**
 * An equivalent program that keeps fewer activations of the forward pass, which ends with the output `loss`: the backward pass computes
 * those that grow with the batch again, from the kept ones and what is fed, each once, right before the first node that needs it and
 * ordered after the gradient that this node takes. Updates of variables are not repeated.
 * @param kept nodes of the forward pass whose outputs stay.
 */
export function recompute(program: Program, kept: ReadonlySet<number>): Program {
  return new Rewriting(program, kept).run();
}
