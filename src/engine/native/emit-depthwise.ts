import { unreachable } from '../../errors.js';
import { depthwiseSide } from '../../program/geometry.js';
import type { Operation } from '../../program/operation.js';
import type { Emission } from './emission.js';
import type { Value } from './graph-builder.js';

type DepthwiseOperation = Extract<
  Operation,
  { kind: 'depthwiseConv2d' | 'depthwiseConv2dInputGradient' | 'depthwiseConv2dFilterGradient' }
>;

/** A convolution by a filter of its own for each channel, or a gradient; TensorFlow's filters name the results of each channel, of which there is one. */
export function emitDepthwise({ kind, stride }: DepthwiseOperation, emission: Emission): Value {
  const { graph, add, input, inputs } = emission;
  // TensorFlow computes these in bfloat16 at half the speed of float32.
  const type = emission.imageType === 'bfloat16' ? 'float32' : emission.imageType;
  const T = { type };
  const int32 = { type: 'int32' } as const;
  const attributes = {
    T,
    strides: { ints: [1, stride, stride, 1] },
    padding: { string: 'SAME' },
    data_format: { string: 'NHWC' },
  } as const;
  const channels = inputs[kind === 'depthwiseConv2dFilterGradient' ? 1 : 0]?.shape.at(-1) ?? 0;
  const filterShape = [depthwiseSide, depthwiseSide, channels];
  const reshape = (value: Value, shape: readonly number[]): Value =>
    add('Reshape', [value, graph.integers(...shape)], { T, Tshape: int32 }, type);
  const filter = (): Value => reshape(input(1, type), [...filterShape, 1]);
  switch (kind) {
    case 'depthwiseConv2d':
      return add('DepthwiseConv2dNative', [input(0, type), filter()], attributes, type);
    case 'depthwiseConv2dInputGradient': {
      const x = input(2);
      const shape = add('Shape', [x], { T: { type: x.type }, out_type: int32 }, 'int32');
      return add('DepthwiseConv2dNativeBackpropInput', [shape, filter(), input(0, type)], attributes, type);
    }
    case 'depthwiseConv2dFilterGradient': {
      const ins = [input(1, type), graph.integers(...filterShape, 1), input(0, type)];
      return reshape(add('DepthwiseConv2dNativeBackpropFilter', ins, attributes, type), filterShape);
    }
    default:
      return unreachable(kind);
  }
}
