import type { Attribute } from './graph.js';

type Type = Extract<Attribute, { type: unknown }>;
type Int = Extract<Attribute, { int: number }>;
type Float = Extract<Attribute, { float: number }>;
type Bool = Extract<Attribute, { bool: boolean }>;
type Text = Extract<Attribute, { string: string }>;
type Shape = Exclude<Extract<Attribute, { shape: unknown }>, { tensor: unknown }>;
type Ints = Extract<Attribute, { ints: unknown }>;
type Constant = Extract<Attribute, { tensor: unknown }>;

interface Windowed {
  readonly T: Type;
  readonly ksize: Ints;
  readonly strides: Ints;
  readonly padding: Text;
  readonly data_format: Text;
}

interface Convolution {
  readonly T: Type;
  readonly strides: Ints;
  readonly padding: Text;
  readonly data_format: Text;
}

interface Normalisation {
  readonly T: Type;
  readonly U: Type;
  readonly epsilon: Float;
  readonly data_format: Text;
  readonly is_training: Bool;
}

interface Unary {
  readonly T: Type;
}

interface Reduction {
  readonly T: Type;
  readonly Tidx: Type;
  readonly keep_dims: Bool;
}

/**
 * TensorFlow's operations in use, with their attributes. TensorFlow ignores attributes that it does not know and takes defaults for those that are
 * missing, so they are spelt out here and checked by the compiler. Left out are only these, whose defaults are what is wanted:
 *
 * - convolutions and their gradients, depthwise ones too: `dilations` (none); but for these `use_cudnn_on_gpu` (true);
 * - the same, MaxPool and MaxPoolGrad: `explicit_paddings` (none; used only with a padding of its own name);
 * - FusedBatchNormV3: `exponential_avg_factor` (1: the statistics it gives are those of the batch);
 * - MatMul: `grad_a` and `grad_b` (false; hints for kernels);
 * - VarHandleOp: `debug_name` and `allowed_devices` (none);
 * - NotEqual: `incompatible_shape_error` (true).
 */
export interface TensorFlowOperations {
  readonly Placeholder: { readonly dtype: Type; readonly shape: Shape };
  readonly Const: { readonly dtype: Type; readonly value: Constant };
  readonly Identity: Unary;
  readonly DeepCopy: Unary;
  readonly VarHandleOp: {
    readonly dtype: Type;
    readonly shape: Shape;
    readonly shared_name: Text;
    readonly container: Text;
  };
  readonly ReadVariableOp: { readonly dtype: Type };
  readonly AssignVariableOp: { readonly dtype: Type; readonly validate_shape: Bool };
  readonly AssignAddVariableOp: { readonly dtype: Type };
  readonly ResourceApplyGradientDescent: { readonly T: Type; readonly use_locking: Bool };
  readonly ResourceApplyMomentum: { readonly T: Type; readonly use_locking: Bool; readonly use_nesterov: Bool };
  readonly Cast: { readonly SrcT: Type; readonly DstT: Type; readonly Truncate: Bool };
  readonly Shape: { readonly T: Type; readonly out_type: Type };
  readonly Fill: { readonly T: Type; readonly index_type: Type };
  readonly Reshape: { readonly T: Type; readonly Tshape: Type };
  readonly Tile: { readonly T: Type; readonly Tmultiples: Type };
  readonly Slice: { readonly T: Type; readonly Index: Type };
  readonly SplitV: { readonly T: Type; readonly Tlen: Type; readonly num_split: Int };
  readonly ConcatV2: { readonly T: Type; readonly Tidx: Type; readonly N: Int };
  readonly Conv2D: Convolution;
  readonly Conv2DBackpropInput: Convolution;
  readonly Conv2DBackpropFilter: Convolution;
  readonly DepthwiseConv2dNative: Convolution;
  readonly DepthwiseConv2dNativeBackpropInput: Convolution;
  readonly DepthwiseConv2dNativeBackpropFilter: Convolution;
  readonly FusedBatchNormV3: Normalisation;
  readonly FusedBatchNormGradV3: Normalisation;
  readonly Relu: Unary;
  readonly ReluGrad: Unary;
  readonly MaxPool: Windowed;
  readonly MaxPoolGrad: Windowed;
  readonly AvgPool: Windowed;
  readonly AvgPoolGrad: Windowed;
  readonly MatMul: { readonly T: Type; readonly transpose_a: Bool; readonly transpose_b: Bool };
  readonly Mean: Reduction;
  readonly Sum: Reduction;
  readonly Switch: Unary;
  readonly Merge: { readonly T: Type; readonly N: Int };
  readonly BroadcastTo: { readonly T: Type; readonly Tidx: Type };
  readonly IsFinite: Unary;
  readonly NotEqual: Unary;
  readonly Neg: Unary;
  readonly AddV2: Unary;
  readonly Sub: Unary;
  readonly Mul: Unary;
  readonly RealDiv: Unary;
  readonly Maximum: Unary;
  readonly Minimum: Unary;
  readonly Sqrt: Unary;
  readonly Square: Unary;
  readonly Sigmoid: Unary;
  readonly SoftmaxCrossEntropyWithLogits: Unary;
}
