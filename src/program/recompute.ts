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

/** When activations are computed again. */
interface Moment {
  /** The gradient that must be there. */
  readonly trigger: number;
  after?: readonly number[];
}

/** Copies a program and computes activations again where the backward pass needs them. */
class Rewriting {
  private readonly nodes: Node[] = [];
  /** New ids by old ones: of the first computation, and of the second. */
  private readonly ids: number[] = [];
  private readonly again = new Map<number, number>();
  /** For each node that computes something again, when. */
  private readonly momentOf = new Map<number, Moment>();
  private moment: Moment | null = null;
  /** Nodes that turned activations into something small since something was last computed again. */
  private sinks: number[] = [];

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
      const moment = this.momentFor(node, turn);
      const inputs = node.inputs.map((value) => (value.node > turn ? this.first(value) : this.needed(value, moment)));
      const id = this.append(node, inputs, after);
      this.ids.push(id);
      if (this.isSink(node)) this.sinks.push(id);
    }
    const outputs = Object.entries(program.outputs).map(([name, value]) => [name, this.first(value)] as const);
    return { ...program, nodes: this.nodes, outputs: Object.fromEntries(outputs) };
  }

  /** When what a node of the backward pass needs may be computed again: not before the latest of the gradients that it takes. */
  private momentFor(node: Node, turn: number): Moment | null {
    const gradients = node.inputs.map((value) => value.node).filter((id) => id > turn);
    const latest = gradients.length > 0 ? Math.max(...gradients) : node.id - 1;
    const trigger = latest > turn ? this.ids[latest] : undefined;
    if (trigger === undefined) return null;
    if (this.moment?.trigger !== trigger) this.moment = { trigger };
    return this.moment;
  }

  /** Whether a node makes something small of activations: gradients of filters do. */
  private isSink({ inputs, outputs }: Node): boolean {
    const activations = inputs.some(({ node, output }) =>
      isBatched(this.program.nodes[node]?.outputs[output]?.shape ?? []),
    );
    return activations && outputs.length > 0 && !outputs.some(({ shape }) => isBatched(shape));
  }

  private first({ node, output }: ValueRef): ValueRef {
    return { node: this.ids[node] ?? 0, output };
  }

  /** A value of the forward pass as the backward pass gets it. */
  private needed(value: ValueRef, moment: Moment | null): ValueRef {
    const { node: id, output } = value;
    const node = this.program.nodes[id];
    if (node === undefined || moment === null || this.kept.has(id) || !isActivation(node)) return this.first(value);
    const made = this.again.get(id);
    if (made !== undefined) return { node: made, output };
    // Batch statistics and the like are small: they are kept unless they are computed again anyway.
    if (!isBatched(node.outputs[output]?.shape ?? [])) return this.first(value);
    const inputs = node.inputs.map((input) => this.needed(input, moment));
    const waits = inputs.some((input) => this.momentOf.get(input.node) === moment);
    const copy = this.append(node, inputs, waits ? [] : this.begin(moment));
    this.again.set(id, copy);
    // Engines may make another shape of a value without running anything, so that nothing is ordered by it.
    if (node.operation.kind !== 'reshape') this.momentOf.set(copy, moment);
    return { node: copy, output };
  }

  /**
   * What the first computations of a moment wait for: its gradient, and the sinks before it. An engine may put these off, and would then
   * hold everything that they take.
   */
  private begin(moment: Moment): readonly number[] {
    moment.after ??= [moment.trigger, ...this.sinks.splice(0)];
    return moment.after;
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
 * ordered after the gradient that this node takes and after the gradients of filters that were due before. Updates of variables are not repeated.
 * @param kept nodes of the forward pass whose outputs stay.
 */
export function recompute(program: Program, kept: ReadonlySet<number>): Program {
  return new Rewriting(program, kept).run();
}
