import type { TensorType } from '../../program/types.js';
import type { DataTypeName } from './graph.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import type { TensorFlowOperations } from './operations.js';

/** What the emission of one program node may ask for. */
export interface Emission {
  readonly graph: GraphBuilder;
  /** The type that images are held in. */
  readonly imageType: DataTypeName;
  /** Types of the inputs as the program states them. */
  readonly inputs: readonly TensorType[];
  /** Input `index`, as `type` or, without one, as it is. */
  input(index: number, type?: DataTypeName): Value;
  /** Whether input `index` is held in the images' type. */
  isImage(index: number): boolean;
  /** Appends a node that runs after everything this operation has to wait for. */
  add<K extends keyof TensorFlowOperations>(
    op: K,
    inputs: readonly Value[],
    attributes: TensorFlowOperations[K],
    type: DataTypeName,
  ): Value;
  /** The handle of a variable. */
  variable(name: string): Value;
  variableShape(name: string): readonly number[];
  /** The normalisation of the forward pass whose mean and deviation are inputs 3 and 4. */
  normalised(): { readonly forward: Value; readonly epsilon: number };
}

/** A [1] vector as the scalar that TensorFlow's optimiser operations want. */
export function scalar({ graph, add, input }: Emission, index: number): Value {
  const none = graph.constant(new Int32Array(0), [0]);
  return add(
    'Reshape',
    [input(index, 'float32'), none],
    { T: { type: 'float32' }, Tshape: { type: 'int32' } },
    'float32',
  );
}
