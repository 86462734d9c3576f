import type { Operation } from '../../program/operation.js';
import type { Node, Program, ValueRef } from '../../program/types.js';
import { type GraphBuilder, outputOf, type Value } from './graph-builder.js';
import { keyOf, piecesOf } from './pieces.js';

/** A part or another shape of a value: made when it is asked for, in the type asked for. */
export type PartNode = Node & { readonly operation: Extract<Operation, { kind: 'slice' | 'reshape' }> };

export function isPart(node: Node): node is PartNode {
  return node.operation.kind === 'slice' || node.operation.kind === 'reshape';
}

/** Writes the parts of a program's values into a graph; one SplitV serves all slices of a vector where none overlap. */
export class PartEmitter {
  private readonly pieces: ReturnType<typeof piecesOf>;
  /** For each vector and type that has been split, its pieces by where they begin. */
  private readonly splits = new Map<string, ReadonlyMap<number, Value>>();

  constructor(
    program: Program,
    private readonly graph: GraphBuilder,
  ) {
    this.pieces = piecesOf(program);
  }

  /**
   * The value of a part.
   * @param source what it is a part of, as the program names it.
   * @param whole the same in the graph; the part has its type.
   */
  emit({ operation }: PartNode, source: ValueRef, whole: Value): Value {
    const { graph } = this;
    const { type } = whole;
    if (operation.kind === 'reshape') {
      const attributes = { T: { type }, Tshape: { type: 'int32' } } as const;
      return graph.add('Reshape', [whole, graph.integers(...operation.shape)], attributes, type);
    }
    const { begin, length } = operation;
    const sizes = this.pieces.get(keyOf(source));
    if (sizes === undefined) {
      const attributes = { T: { type }, Index: { type: 'int32' } } as const;
      return graph.add('Slice', [whole, graph.integers(begin), graph.integers(length)], attributes, type);
    }
    const key = `${keyOf(source)} ${type}`;
    const split = this.splits.get(key) ?? this.split(whole, sizes);
    this.splits.set(key, split);
    const value = split.get(begin);
    if (value === undefined) throw new Error(`native engine: no part begins at ${begin}`);
    return value;
  }

  private split(whole: Value, sizes: readonly number[]): ReadonlyMap<number, Value> {
    const { graph } = this;
    const { type } = whole;
    const attributes = { T: { type }, Tlen: { type: 'int32' }, num_split: { int: sizes.length } } as const;
    const first = graph.add('SplitV', [whole, graph.integers(...sizes), graph.integer(0)], attributes, type);
    let begin = 0;
    return new Map(
      sizes.map((size, index) => {
        const entry = [begin, outputOf(first, index, type)] as const;
        begin += size;
        return entry;
      }),
    );
  }
}
