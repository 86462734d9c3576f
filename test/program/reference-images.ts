import type { Operation, Padding } from '../../src/program/operation.js';
import { at, sizeOf, type Tensor } from './tensor.js';

type Of<K extends Operation['kind']> = Extract<Operation, { readonly kind: K }>;

/** Outputs along one side and the pixels of border before the first, as TensorFlow pads. */
function along(side: number, size: number, stride: number, padding: Padding): { outputs: number; before: number } {
  if (padding === 'valid') return { outputs: Math.floor((side - size) / stride) + 1, before: 0 };
  const outputs = Math.ceil(side / stride);
  return { outputs, before: Math.floor(Math.max((outputs - 1) * stride + size - side, 0) / 2) };
}

function sides(x: Tensor): [number, number, number, number] {
  return [at(x.shape, 0), at(x.shape, 1), at(x.shape, 2), at(x.shape, 3)];
}

function zeros(shape: readonly number[]): Tensor {
  return { shape, values: new Float64Array(sizeOf(shape)) };
}

function increase(values: Float64Array, index: number, by: number): void {
  values[index] = at(values, index) + by;
}

function get(inputs: readonly Tensor[], index: number): Tensor {
  const tensor = inputs[index];
  if (tensor === undefined) throw new Error(`reference: no input ${index}`);
  return tensor;
}

/**
 * The three convolutions are one sum over (image, output pixel, tap, in, out); they differ in which factor they sum
 * into.
 */
export function convolve(
  operation: Of<'conv2d'> | Of<'conv2dInputGradient'> | Of<'conv2dFilterGradient'>,
  inputs: readonly Tensor[],
): Tensor {
  const { kind, stride, padding } = operation;
  const x =
    kind === 'conv2d' ? get(inputs, 0) : kind === 'conv2dInputGradient' ? zeros(get(inputs, 2).shape) : get(inputs, 1);
  const filter = kind === 'conv2dFilterGradient' ? zeros(operation.filterShape) : get(inputs, 1);
  const [batch, height, width, channels] = sides(x);
  const [filterHeight, filterWidth, , out] = sides(filter);
  const rows = along(height, filterHeight, stride, padding);
  const columns = along(width, filterWidth, stride, padding);
  const y = kind === 'conv2d' ? zeros([batch, rows.outputs, columns.outputs, out]) : get(inputs, 0);
  for (let n = 0; n < batch; n += 1) {
    for (let i = 0; i < rows.outputs; i += 1) {
      for (let j = 0; j < columns.outputs; j += 1) {
        for (let u = 0; u < filterHeight; u += 1) {
          for (let v = 0; v < filterWidth; v += 1) {
            const [row, column] = [i * stride + u - rows.before, j * stride + v - columns.before];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let c = 0; c < channels; c += 1) {
              for (let o = 0; o < out; o += 1) {
                const xi = ((n * height + row) * width + column) * channels + c;
                const fi = ((u * filterWidth + v) * channels + c) * out + o;
                const yi = ((n * rows.outputs + i) * columns.outputs + j) * out + o;
                if (kind === 'conv2d') increase(y.values, yi, at(x.values, xi) * at(filter.values, fi));
                else if (kind === 'conv2dInputGradient')
                  increase(x.values, xi, at(y.values, yi) * at(filter.values, fi));
                else increase(filter.values, fi, at(x.values, xi) * at(y.values, yi));
              }
            }
          }
        }
      }
    }
  }
  return kind === 'conv2d' ? y : kind === 'conv2dInputGradient' ? x : filter;
}

/** The same with filters [3, 3, c]: a sum over (image, output pixel, tap, channel). */
export function convolveDepthwise(
  operation: Of<'depthwiseConv2d'> | Of<'depthwiseConv2dInputGradient'> | Of<'depthwiseConv2dFilterGradient'>,
  inputs: readonly Tensor[],
): Tensor {
  const { kind, stride } = operation;
  const x =
    kind === 'depthwiseConv2d'
      ? get(inputs, 0)
      : kind === 'depthwiseConv2dInputGradient'
        ? zeros(get(inputs, 2).shape)
        : get(inputs, 1);
  const [batch, height, width, channels] = sides(x);
  const filter = kind === 'depthwiseConv2dFilterGradient' ? zeros([3, 3, channels]) : get(inputs, 1);
  const [rows, columns] = [along(height, 3, stride, 'same'), along(width, 3, stride, 'same')];
  const y = kind === 'depthwiseConv2d' ? zeros([batch, rows.outputs, columns.outputs, channels]) : get(inputs, 0);
  for (let yi = 0; yi < y.values.length; yi += 1) {
    const c = yi % channels;
    const j = Math.floor(yi / channels) % columns.outputs;
    const i = Math.floor(yi / channels / columns.outputs) % rows.outputs;
    const n = Math.floor(yi / channels / columns.outputs / rows.outputs);
    for (let tap = 0; tap < 9; tap += 1) {
      const [row, column] = [i * stride + Math.floor(tap / 3) - rows.before, j * stride + (tap % 3) - columns.before];
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      const xi = ((n * height + row) * width + column) * channels + c;
      const fi = tap * channels + c;
      if (kind === 'depthwiseConv2d') increase(y.values, yi, at(x.values, xi) * at(filter.values, fi));
      else if (kind === 'depthwiseConv2dInputGradient')
        increase(x.values, xi, at(y.values, yi) * at(filter.values, fi));
      else increase(filter.values, fi, at(x.values, xi) * at(y.values, yi));
    }
  }
  return kind === 'depthwiseConv2d' ? y : kind === 'depthwiseConv2dInputGradient' ? x : filter;
}

/** Pooling and its gradients; pixels of the border take no part. */
export function pool(
  operation: Of<'maxPool'> | Of<'maxPoolGradient'> | Of<'averagePool'> | Of<'averagePoolGradient'>,
  inputs: readonly Tensor[],
): Tensor {
  const { kind, size, stride, padding } = operation;
  const gradient = kind === 'maxPoolGradient' || kind === 'averagePoolGradient';
  const x = get(inputs, gradient ? 1 : 0);
  const [batch, height, width, channels] = sides(x);
  const [rows, columns] = [along(height, size, stride, padding), along(width, size, stride, padding)];
  const y = gradient ? get(inputs, 0) : zeros([batch, rows.outputs, columns.outputs, channels]);
  const dx = zeros(x.shape);
  for (let yi = 0; yi < y.values.length; yi += 1) {
    const c = yi % channels;
    const j = Math.floor(yi / channels) % columns.outputs;
    const i = Math.floor(yi / channels / columns.outputs) % rows.outputs;
    const n = Math.floor(yi / channels / columns.outputs / rows.outputs);
    const window: number[] = [];
    for (let u = 0; u < size; u += 1) {
      for (let v = 0; v < size; v += 1) {
        const [row, column] = [i * stride + u - rows.before, j * stride + v - columns.before];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        window.push(((n * height + row) * width + column) * channels + c);
      }
    }
    const pixels = window.map((xi) => at(x.values, xi));
    const maximum = Math.max(...pixels);
    if (kind === 'maxPool') y.values[yi] = maximum;
    else if (kind === 'averagePool') y.values[yi] = pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length;
    else if (kind === 'maxPoolGradient') increase(dx.values, at(window, pixels.indexOf(maximum)), at(y.values, yi));
    else for (const xi of window) increase(dx.values, xi, at(y.values, yi) / window.length);
  }
  return gradient ? dx : y;
}

/** y, mean, unbiased variance, reciprocal of the biased standard deviation. */
export function batchNormTrain(x: Tensor, scale: Tensor, offset: Tensor, epsilon: number): readonly Tensor[] {
  const channels = scale.values.length;
  const count = x.values.length / channels;
  const [mean, unbiased, reciprocal] = [zeros([channels]), zeros([channels]), zeros([channels])];
  const y = zeros(x.shape);
  for (let c = 0; c < channels; c += 1) {
    let sum = 0;
    for (let i = c; i < x.values.length; i += channels) sum += at(x.values, i);
    const center = sum / count;
    let squares = 0;
    for (let i = c; i < x.values.length; i += channels) squares += (at(x.values, i) - center) ** 2;
    mean.values[c] = center;
    unbiased.values[c] = squares / Math.max(count - 1, 1);
    reciprocal.values[c] = 1 / Math.sqrt(squares / count + epsilon);
    for (let i = c; i < x.values.length; i += channels) {
      y.values[i] = (at(x.values, i) - center) * at(reciprocal.values, c) * at(scale.values, c) + at(offset.values, c);
    }
  }
  return [y, mean, unbiased, reciprocal];
}

/** dx, dscale, doffset (Ioffe and Szegedy 2015, section 3). */
export function batchNormGradient(
  dy: Tensor,
  x: Tensor,
  scale: Tensor,
  mean: Tensor,
  reciprocal: Tensor,
): readonly Tensor[] {
  const channels = scale.values.length;
  const count = x.values.length / channels;
  const [dx, dscale, doffset] = [zeros(x.shape), zeros([channels]), zeros([channels])];
  for (let c = 0; c < channels; c += 1) {
    const normal = (i: number) => (at(x.values, i) - at(mean.values, c)) * at(reciprocal.values, c);
    for (let i = c; i < x.values.length; i += channels) {
      increase(dscale.values, c, at(dy.values, i) * normal(i));
      increase(doffset.values, c, at(dy.values, i));
    }
    const factor = at(scale.values, c) * at(reciprocal.values, c);
    for (let i = c; i < x.values.length; i += channels) {
      const common = (at(doffset.values, c) + normal(i) * at(dscale.values, c)) / count;
      dx.values[i] = factor * (at(dy.values, i) - common);
    }
  }
  return [dx, dscale, doffset];
}

/** loss [n] and softmax(logits) − targets. */
export function softmaxCrossEntropy(logits: Tensor, targets: Tensor): readonly Tensor[] {
  const [batch, classes] = [at(logits.shape, 0), at(logits.shape, 1)];
  const [loss, gradient] = [zeros([batch]), zeros(logits.shape)];
  for (let n = 0; n < batch; n += 1) {
    const row = logits.values.subarray(n * classes, (n + 1) * classes);
    const maximum = Math.max(...row);
    const logSum = maximum + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - maximum), 0));
    row.forEach((logit, k) => {
      const target = at(targets.values, n * classes + k);
      increase(loss.values, n, target * (logSum - logit));
      gradient.values[n * classes + k] = Math.exp(logit - logSum) - target;
    });
  }
  return [loss, gradient];
}
