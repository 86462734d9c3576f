/**
 * Padding as TensorFlow defines it: `same` gives ceil(in / stride) outputs with the odd pixel at the end, `valid` none.
 */
export type Padding = 'same' | 'valid';

interface Window {
  /** Side of the square window in pixels. */
  readonly size: number;
  readonly stride: number;
  readonly padding: Padding;
}

/**
 * Every operation a program may hold; the inputs stand in the comment in order. Shapes: x and y images [n, h, w, c],
 * filters [h, w, in, out]. Elementwise operations broadcast as in numpy. Only program/, network/ and engine/ know these
 * names.
 */
export type Operation =
  /** () → the tensor fed under `name` */
  | { readonly kind: 'input'; readonly name: string }
  /** () → `values` as a vector [values.length] */
  | { readonly kind: 'constant'; readonly values: readonly number[] }
  /** () → the variable's value now */
  | { readonly kind: 'readVariable'; readonly variable: string }
  /** (value) → nothing */
  | { readonly kind: 'assignVariable'; readonly variable: string }
  /** (value) → nothing; variable += value */
  | { readonly kind: 'assignAdd'; readonly variable: string }
  /** (value, factor [1]) → nothing; variable += factor · value */
  | { readonly kind: 'addScaled'; readonly variable: string }
  /** () → nothing; every element of the variable becomes 0, whatever it held (NaN too) */
  | { readonly kind: 'clearVariable'; readonly variable: string }
  /** (uint8 x) → float32 x */
  | { readonly kind: 'cast' }
  /** (x, filter) → y */
  | { readonly kind: 'conv2d'; readonly stride: number; readonly padding: Padding }
  /** (dy, filter, x: only its shape counts) → dx */
  | { readonly kind: 'conv2dInputGradient'; readonly stride: number; readonly padding: Padding }
  /** (dy, x) → dfilter of shape `filterShape` */
  | {
      readonly kind: 'conv2dFilterGradient';
      readonly stride: number;
      readonly padding: Padding;
      readonly filterShape: readonly [number, number, number, number];
    }
  /** (x, filter [3, 3, c]) → y: each channel by a filter of its own, padded as `same` */
  | { readonly kind: 'depthwiseConv2d'; readonly stride: number }
  /** (dy, filter [3, 3, c], x: only its shape counts) → dx */
  | { readonly kind: 'depthwiseConv2dInputGradient'; readonly stride: number }
  /** (dy, x) → dfilter [3, 3, c] */
  | { readonly kind: 'depthwiseConv2dFilterGradient'; readonly stride: number }
  /**
   * (x, scale [c], offset [c]) → y, batch mean [c], batch variance [c] (unbiased; 0 for one pixel), deviation [c]: what
   * batchNormGradient needs to know of the spread, in the engine's own terms and for it alone
   */
  | { readonly kind: 'batchNormTrain'; readonly epsilon: number }
  /** (dy, x, scale, mean and deviation of one batchNormTrain of x) → dx, dscale [c], doffset [c] */
  | { readonly kind: 'batchNormGradient' }
  /** (x, scale, offset, mean, variance) → y */
  | { readonly kind: 'batchNormInfer'; readonly epsilon: number }
  /** (x) → max(x, 0) */
  | { readonly kind: 'relu' }
  /** (dy, y = relu(x)) → dx */
  | { readonly kind: 'reluGradient' }
  /** (x) → y */
  | ({ readonly kind: 'maxPool' } & Window)
  /** (dy, x, y) → dx; the first maximum of a window takes it all */
  | ({ readonly kind: 'maxPoolGradient' } & Window)
  /** (x) → y; pixels of the border do not count */
  | ({ readonly kind: 'averagePool' } & Window)
  /** (dy, x: only its shape counts) → dx */
  | ({ readonly kind: 'averagePoolGradient' } & Window)
  /** (x [n, h, w, c]) → [n, c] */
  | { readonly kind: 'globalAveragePool' }
  /** (dy [n, c], x: only its shape counts) → dx */
  | { readonly kind: 'globalAveragePoolGradient' }
  /** (a [m, k], b [k, n]), each transposed first when asked → [m, n] */
  | { readonly kind: 'matMul'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** (a, b) */
  | { readonly kind: 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum' }
  /** (x); sigmoid is 1 / (1 + e⁻ˣ) */
  | { readonly kind: 'squareRoot' | 'square' | 'sigmoid' }
  /** (x) → same values in `shape`; −1 in dimension 0 stands for the batch */
  | { readonly kind: 'reshape'; readonly shape: readonly number[] }
  /** (x [n]) → x[begin, begin + length) */
  | { readonly kind: 'slice'; readonly begin: number; readonly length: number }
  /** (x₀ [n₀], x₁ [n₁], …) → [n₀ + n₁ + …] */
  | { readonly kind: 'concat' }
  /** (x) → x summed over `axes`, which disappear; a full reduction gives shape [1] */
  | { readonly kind: 'reduceSum'; readonly axes: readonly number[] }
  /** (x) → [1]: 1 where every element is a finite number, else 0; also 0 where an engine's sum of them is beyond float32 */
  | { readonly kind: 'allFinite' }
  /**
   * (condition [1], a, b) → a where the condition is not 0, else b, untouched by the values of the other. a and b have the same
   * shape, or one of them has shape [1] and is repeated.
   */
  | { readonly kind: 'select' }
  /** (logits [n, c], targets [n, c]) → loss [n], gradient of the summed loss with respect to the logits [n, c] */
  | { readonly kind: 'softmaxCrossEntropy' }
  /**
   * (gradient, learningRate [1], momentum [1]) → nothing. Nesterov momentum as Sutskever et al. 2013 in the form of
   * torch.optim.SGD: slot = momentum · slot + g; variable −= learningRate · (g + momentum · slot).
   */
  | { readonly kind: 'applyNesterov'; readonly variable: string; readonly slot: string };
