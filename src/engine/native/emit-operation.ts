import { unreachable } from '../../errors.js';
import type { Operation, Padding } from '../../program/operation.js';
import { type Emission, scalar } from './emission.js';
import { emitDepthwise } from './emit-depthwise.js';
import { emitAllFinite, emitSelect } from './emit-guard.js';
import type { DataTypeName } from './graph.js';
import { outputOf, type Value } from './graph-builder.js';

/** Operations that a program emitter does itself. */
export type EmittedOperation = Exclude<Operation, { kind: 'input' | 'slice' | 'reshape' | 'concat' }>;

const nhwc = { string: 'NHWC' } as const;
const int32 = { type: 'int32' } as const;
const binary = {
  add: 'AddV2',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'RealDiv',
  maximum: 'Maximum',
  minimum: 'Minimum',
} as const;
const unary = { squareRoot: 'Sqrt', square: 'Square', sigmoid: 'Sigmoid' } as const;

const paddingOf = (padding: Padding) => ({ string: padding === 'same' ? 'SAME' : 'VALID' });
const square = (size: number) => ({ ints: [1, size, size, 1] });

function shapeOf({ add }: Emission, value: Value): Value {
  return add('Shape', [value], { T: { type: value.type }, out_type: int32 }, 'int32');
}

function cast({ add }: Emission, value: Value, type: DataTypeName): Value {
  if (value.type === type) return value;
  const attributes = { SrcT: { type: value.type }, DstT: { type }, Truncate: { bool: false } };
  return add('Cast', [value], attributes, type);
}

/** Appends the TensorFlow nodes of one operation. @returns its outputs. */
export function emitOperation(operation: EmittedOperation, emission: Emission): readonly Value[] {
  const { graph, imageType, add, input, isImage, variable } = emission;
  const image = { type: imageType };
  const float32 = { type: 'float32' } as const;
  switch (operation.kind) {
    case 'constant': {
      const { values } = operation;
      return [graph.constant(Float32Array.from(values), [values.length])];
    }
    case 'readVariable':
      return [add('ReadVariableOp', [variable(operation.variable)], { dtype: float32 }, 'float32')];
    case 'assignVariable': {
      const attributes = { dtype: float32, validate_shape: { bool: true } };
      add('AssignVariableOp', [variable(operation.variable), input(0, 'float32')], attributes, 'float32');
      return [];
    }
    case 'assignAdd': {
      add('AssignAddVariableOp', [variable(operation.variable), input(0, 'float32')], { dtype: float32 }, 'float32');
      return [];
    }
    case 'addScaled': {
      const opposite = add('Neg', [scalar(emission, 1)], { T: float32 }, 'float32');
      const attributes = { T: float32, use_locking: { bool: false } };
      add(
        'ResourceApplyGradientDescent',
        [variable(operation.variable), opposite, input(0, 'float32')],
        attributes,
        'float32',
      );
      return [];
    }
    case 'clearVariable': {
      const handle = variable(operation.variable);
      const shape = graph.integers(...emission.variableShape(operation.variable));
      const zero = graph.constant(Float32Array.of(0), []);
      const zeros = add('Fill', [shape, zero], { T: float32, index_type: int32 }, 'float32');
      add('AssignVariableOp', [handle, zeros], { dtype: float32, validate_shape: { bool: true } }, 'float32');
      return [];
    }
    case 'applyNesterov': {
      const inputs = [
        variable(operation.variable),
        variable(operation.slot),
        scalar(emission, 1),
        input(0, 'float32'),
        scalar(emission, 2),
      ];
      const attributes = { T: float32, use_locking: { bool: false }, use_nesterov: { bool: true } };
      add('ResourceApplyMomentum', inputs, attributes, 'float32');
      return [];
    }
    case 'cast':
      return [cast(emission, input(0), imageType)];
    case 'conv2d':
    case 'conv2dInputGradient':
    case 'conv2dFilterGradient': {
      const { stride, padding } = operation;
      const attributes = { T: image, strides: square(stride), padding: paddingOf(padding), data_format: nhwc };
      const [first, second] = [input(0, imageType), input(1, imageType)];
      if (operation.kind === 'conv2d') return [add('Conv2D', [first, second], attributes, imageType)];
      return operation.kind === 'conv2dInputGradient'
        ? [add('Conv2DBackpropInput', [shapeOf(emission, input(2)), second, first], attributes, imageType)]
        : [
            add(
              'Conv2DBackpropFilter',
              [second, graph.integers(...operation.filterShape), first],
              attributes,
              imageType,
            ),
          ];
    }
    case 'depthwiseConv2d':
    case 'depthwiseConv2dInputGradient':
    case 'depthwiseConv2dFilterGradient':
      return [emitDepthwise(operation, emission)];
    case 'batchNormTrain': {
      const empty = graph.constant(new Float32Array(0), [0]);
      const inputs = [input(0, imageType), input(1, 'float32'), input(2, 'float32'), empty, empty];
      const y = add('FusedBatchNormV3', inputs, normalisation(imageType, operation.epsilon, true), imageType);
      return [y, outputOf(y, 1, 'float32'), outputOf(y, 2, 'float32'), outputOf(y, 3, 'float32')];
    }
    case 'batchNormGradient': {
      const { forward, epsilon } = emission.normalised();
      const reserves = [3, 4, 5].map((index) => outputOf(forward, index, 'float32'));
      const inputs = [input(0, imageType), input(1, imageType), input(2, 'float32'), ...reserves];
      const attributes = normalisation(imageType, epsilon, true);
      const dx = add('FusedBatchNormGradV3', inputs, attributes, imageType);
      return [dx, outputOf(dx, 1, 'float32'), outputOf(dx, 2, 'float32')];
    }
    case 'batchNormInfer': {
      const inputs = [input(0, imageType), ...[1, 2, 3, 4].map((index) => input(index, 'float32'))];
      return [add('FusedBatchNormV3', inputs, normalisation(imageType, operation.epsilon, false), imageType)];
    }
    case 'relu': {
      const x = input(0);
      return [add('Relu', [x], { T: { type: x.type } }, x.type)];
    }
    case 'reluGradient': {
      const y = input(1);
      return [add('ReluGrad', [input(0, y.type), y], { T: { type: y.type } }, y.type)];
    }
    case 'maxPool':
    case 'averagePool': {
      const x = input(0);
      return [add(operation.kind === 'maxPool' ? 'MaxPool' : 'AvgPool', [x], window(operation, x.type), x.type)];
    }
    case 'maxPoolGradient': {
      const x = input(1);
      const inputs = [x, input(2, x.type), input(0, x.type)];
      return [add('MaxPoolGrad', inputs, window(operation, x.type), x.type)];
    }
    case 'averagePoolGradient': {
      const x = input(1);
      const inputs = [shapeOf(emission, x), input(0, x.type)];
      return [add('AvgPoolGrad', inputs, window(operation, x.type), x.type)];
    }
    case 'globalAveragePool': {
      const attributes = { T: float32, Tidx: int32, keep_dims: { bool: false } };
      return [add('Mean', [input(0, 'float32'), graph.integers(1, 2)], attributes, 'float32')];
    }
    case 'globalAveragePoolGradient': {
      const [, height = 1, width = 1, channels = 1] = emission.inputs[1]?.shape ?? [];
      const pixels = graph.constant(Float32Array.of(height * width), [1]);
      const part = cast(emission, add('RealDiv', [input(0, 'float32'), pixels], { T: float32 }, 'float32'), imageType);
      const shape = graph.integers(-1, 1, 1, channels);
      const column = add('Reshape', [part, shape], { T: image, Tshape: int32 }, imageType);
      return [add('Tile', [column, graph.integers(1, height, width, 1)], { T: image, Tmultiples: int32 }, imageType)];
    }
    case 'matMul': {
      const attributes = {
        T: float32,
        transpose_a: { bool: operation.transposeA },
        transpose_b: { bool: operation.transposeB },
      };
      return [add('MatMul', [input(0, 'float32'), input(1, 'float32')], attributes, 'float32')];
    }
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'maximum':
    case 'minimum': {
      const type = isImage(0) || isImage(1) ? imageType : 'float32';
      return [add(binary[operation.kind], [input(0, type), input(1, type)], { T: { type } }, type)];
    }
    case 'squareRoot':
    case 'square':
    case 'sigmoid':
      return [add(unary[operation.kind], [input(0, 'float32')], { T: float32 }, 'float32')];
    case 'reduceSum': {
      const attributes = { T: float32, Tidx: int32, keep_dims: { bool: false } };
      const sum = add('Sum', [input(0, 'float32'), graph.integers(...operation.axes)], attributes, 'float32');
      const all = operation.axes.length === emission.inputs[0]?.shape.length;
      return [all ? add('Reshape', [sum, graph.integers(1)], { T: float32, Tshape: int32 }, 'float32') : sum];
    }
    case 'allFinite':
      return [emitAllFinite(emission)];
    case 'select':
      return [emitSelect(emission)];
    case 'softmaxCrossEntropy': {
      const inputs = [input(0, 'float32'), input(1, 'float32')];
      const loss = add('SoftmaxCrossEntropyWithLogits', inputs, { T: float32 }, 'float32');
      return [loss, outputOf(loss, 1, 'float32')];
    }
    default:
      return unreachable(operation);
  }
}

function normalisation(type: DataTypeName, epsilon: number, training: boolean) {
  return {
    T: { type },
    U: { type: 'float32' },
    epsilon: { float: epsilon },
    data_format: nhwc,
    is_training: { bool: training },
  } as const;
}

function window(
  { size, stride, padding }: { readonly size: number; readonly stride: number; readonly padding: Padding },
  type: DataTypeName,
) {
  return {
    T: { type },
    ksize: square(size),
    strides: square(stride),
    padding: paddingOf(padding),
    data_format: nhwc,
  };
}
