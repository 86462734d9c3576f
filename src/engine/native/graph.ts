import { float, integer, join, message } from './wire.js';

/** Element types by TensorFlow's numbers for them. */
export const dataTypes = {
  float32: 1,
  int32: 3,
  uint8: 4,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  resource: 20,
} as const;

export type DataTypeName = keyof typeof dataTypes;

/** The value of a node's attribute. */
export type Attribute =
  | { readonly type: DataTypeName }
  | { readonly int: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly shape: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly tensor: Float32Array | Int32Array; readonly shape: readonly number[] };

/** One output of a node of the graph. */
export interface Output {
  readonly node: string;
  readonly index: number;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly Output[];
  /** Names of nodes that must have run before. */
  readonly control: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** The GraphDef version from which TensorFlow takes no old meanings of operations into account. */
const producer = 1087;

function shapeFields(shape: readonly number[]): readonly Uint8Array[] {
  return shape.map((size) => message(2, [integer(1, size)]));
}

function attributeFields(attribute: Attribute): readonly Uint8Array[] {
  if ('type' in attribute) return [integer(6, dataTypes[attribute.type])];
  if ('int' in attribute) return [integer(3, attribute.int)];
  if ('float' in attribute) return [float(4, attribute.float)];
  if ('bool' in attribute) return [integer(5, attribute.bool ? 1 : 0)];
  if ('string' in attribute) return [message(2, attribute.string)];
  if ('ints' in attribute)
    return [
      message(
        1,
        attribute.ints.map((value) => integer(3, value)),
      ),
    ];
  if ('tensor' in attribute) {
    const { tensor, shape } = attribute;
    const type = tensor instanceof Float32Array ? dataTypes.float32 : dataTypes.int32;
    const bytes = new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength);
    return [message(8, [integer(1, type), message(2, shapeFields(shape)), message(4, bytes)])];
  }
  return [message(7, shapeFields(attribute.shape))];
}

function nodeFields({ name, op, inputs, control, attributes }: GraphNode): readonly Uint8Array[] {
  return [
    message(1, name),
    message(2, op),
    // Data first, then control: TensorFlow refuses another order.
    ...inputs.map(({ node, index }) => message(3, index === 0 ? node : `${node}:${index}`)),
    ...control.map((other) => message(3, `^${other}`)),
    ...Object.entries(attributes).map(([key, value]) =>
      message(5, [message(1, key), message(2, attributeFields(value))]),
    ),
  ];
}

/** The bytes of `saved_model.pb` with one graph under the tag `serve`; little-endian hosts only, as TensorFlow itself. */
export function savedModel(nodes: readonly GraphNode[]): Uint8Array {
  const graph = [...nodes.map((node) => message(1, nodeFields(node))), message(4, [integer(1, producer)])];
  return join([integer(1, 1), message(2, [message(1, [message(4, 'serve')]), message(2, graph)])]);
}
