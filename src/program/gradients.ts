import type { ProgramBuilder } from './builder.js';
import { type Cotangent, materialise, rulesOf } from './gradient-rules.js';
import type { ValueRef } from './types.js';

/** Nodes whose value depends on one of `values`, up to and including node `last`. */
function dependents(builder: ProgramBuilder, values: readonly ValueRef[], last: number): ReadonlySet<number> {
  const found = new Set(values.map((value) => value.node));
  for (const node of builder.nodes.slice(0, last + 1)) {
    if (node.inputs.some((value) => found.has(value.node))) found.add(node.id);
  }
  return found;
}

/**
 * Appends the gradient of `loss` with respect to each of `wrt` (reverse mode). Only what these gradients need is
 * computed; gradients of a value that is used more than once are added as they arrive, so that few are alive at a time.
 * @param seed the gradient with respect to `loss` itself: a value of its shape, or `ones` for the gradient of the
 * summed loss.
 * @returns one value of the shape of each of `wrt`, in order.
 * @throws Error when an operation on the way has no gradient rule, or when the loss does not depend on one of `wrt`.
 */
export function gradients(
  builder: ProgramBuilder,
  loss: ValueRef,
  seed: Cotangent,
  wrt: readonly ValueRef[],
): readonly ValueRef[] {
  const relevant = dependents(builder, wrt, loss.node);
  const forward = builder.nodes.slice(0, loss.node + 1);
  const arrived = new Map<number, (Cotangent | undefined)[]>();
  const arrive = (value: ValueRef, cotangent: Cotangent): void => {
    const outputs = arrived.get(value.node) ?? [];
    const other = outputs[value.output];
    const terms = other === undefined ? [] : [other, cotangent].map((term) => materialise(builder, term, value));
    outputs[value.output] = other === undefined ? cotangent : builder.one({ kind: 'add' }, terms);
    arrived.set(value.node, outputs);
  };
  const targets = new Set(wrt.map((value) => value.node));
  arrive(loss, seed);
  for (const node of forward.reverse()) {
    const cotangents = arrived.get(node.id);
    if (cotangents === undefined || !node.inputs.some((value) => relevant.has(value.node))) continue;
    const rules = rulesOf({ builder, node, cotangents });
    node.inputs.forEach((value, index) => {
      if (!relevant.has(value.node)) return;
      const rule = rules[index];
      if (rule === undefined) throw new Error(`${node.operation.kind}: no gradient with respect to input ${index}`);
      arrive(value, rule());
    });
    if (!targets.has(node.id)) arrived.delete(node.id);
  }
  return wrt.map((value) => {
    const cotangent = arrived.get(value.node)?.[value.output];
    if (cotangent === undefined) throw new Error(`gradients: the loss does not depend on node ${value.node}`);
    return materialise(builder, cotangent, value);
  });
}
