import type { DataTypeName, GraphNode, Output } from './graph.js';
import type { TensorFlowOperations } from './operations.js';

/** An output and what its elements are. */
export interface Value extends Output {
  readonly type: DataTypeName;
}

type NodeAttributes<K extends keyof TensorFlowOperations> = TensorFlowOperations[K] & GraphNode['attributes'];

const legalName = /^[A-Za-z][A-Za-z0-9_./-]*$/;

/** Collects the nodes of one TensorFlow graph. Names are unique and such that tfjs-node's addon can fetch them. */
export class GraphBuilder {
  private readonly list: GraphNode[] = [];
  private readonly names = new Set<string>();
  private readonly constants = new Map<string, Value>();

  get nodes(): readonly GraphNode[] {
    return this.list;
  }

  /**
   * Appends a node.
   * @param name free of commas, colons and leading digits, which the addon reads as something else.
   * @returns its first output; `outputOf` gives the others.
   */
  add<K extends keyof TensorFlowOperations>(
    op: K,
    inputs: readonly Output[],
    attributes: TensorFlowOperations[K],
    type: DataTypeName,
    {
      name = `node${this.list.length}`,
      control = [],
    }: { readonly name?: string; readonly control?: readonly string[] } = {},
  ): Value {
    if (!legalName.test(name) || this.names.has(name)) throw new Error(`native engine: a node cannot be named ${name}`);
    this.names.add(name);
    this.list.push({ name, op, inputs, control, attributes: attributes as NodeAttributes<K> });
    return { node: name, index: 0, type };
  }

  /** A tensor that never changes: float32 for a Float32Array, int32 for an Int32Array; equal ones share a node. */
  constant(values: Float32Array | Int32Array, shape: readonly number[]): Value {
    const type = values instanceof Float32Array ? 'float32' : 'int32';
    const key = `${type}[${shape}]${values}`;
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const value = this.add('Const', [], { dtype: { type }, value: { tensor: values, shape } }, type);
    this.constants.set(key, value);
    return value;
  }

  /** A vector of integers: sizes, axes. */
  integers(...values: readonly number[]): Value {
    return this.constant(Int32Array.from(values), [values.length]);
  }

  /** A single integer without dimensions. */
  integer(value: number): Value {
    return this.constant(Int32Array.of(value), []);
  }
}

/** Another output of the node that `value` belongs to. */
export function outputOf({ node }: Value, index: number, type: DataTypeName): Value {
  return { node, index, type };
}
