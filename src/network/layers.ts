import type { ProgramBuilder } from '../program/builder.js';
import { depthwiseSide } from '../program/geometry.js';
import type { MaskInput, ValueRef } from '../program/types.js';
import type { ParameterSource } from './parameters.js';

const epsilon = 1e-5;

/** By how much squeeze-and-excitation narrows, and to how many channels at least. */
const squeeze = 16;
const fewestSqueezed = 8;

/** `train` normalises by the batch, `infer` by the moving statistics. */
export type Mode = 'train' | 'infer';

/** What is dropped in training. */
export interface Noise {
  readonly dropout?: boolean | undefined;
  readonly dropPath?: boolean | undefined;
}

/** Layers of a network as nodes of a program; parameters come from a source by their names. Images are NHWC. */
export class Layers {
  private readonly seen: ValueRef[] = [];
  private readonly asked: MaskInput[] = [];

  constructor(
    private readonly builder: ProgramBuilder,
    private readonly parameter: ParameterSource,
    private readonly mode: Mode,
    private readonly noise: Noise = {},
  ) {}

  /** Masks that the program wants to be fed with; none in mode `infer`. */
  get masks(): readonly MaskInput[] {
    return this.asked;
  }

  /** Mean and unbiased variance of each batch norm in the order of the moving statistics; empty in mode `infer`. */
  get batchStatistics(): readonly ValueRef[] {
    return this.seen;
  }

  channels(x: ValueRef): number {
    return this.builder.shapeOf(x).at(-1) ?? 0;
  }

  /** uint8 pixels to (x − 128) / 64. */
  normalise(images: ValueRef): ValueRef {
    const pixels = this.builder.one({ kind: 'cast' }, [images]);
    const centred = this.builder.one({ kind: 'subtract' }, [pixels, this.builder.constant(128)]);
    return this.builder.one({ kind: 'multiply' }, [centred, this.builder.constant(1 / 64)]);
  }

  /** A convolution without bias, padded as `same`; kernels start normal with variance 2 / fan-in (He et al. 2015). */
  convolution(name: string, x: ValueRef, size: number, out: number, stride: number): ValueRef {
    const channels = this.channels(x);
    const filter = this.parameter({
      name: `${name}.kernel`,
      group: 'weights',
      shape: [size, size, channels, out],
      start: { deviation: Math.sqrt(2 / (size * size * channels)) },
    });
    return this.builder.one({ kind: 'conv2d', stride, padding: 'same' }, [x, filter]);
  }

  /** A filter of its own for each channel, batch norm, ReLU; filters start as those of a convolution of one channel. */
  depthwiseUnit(name: string, x: ValueRef, stride: number): ValueRef {
    const filter = this.parameter({
      name: `${name}.kernel`,
      group: 'weights',
      shape: [depthwiseSide, depthwiseSide, this.channels(x)],
      start: { deviation: Math.sqrt(2 / depthwiseSide ** 2) },
    });
    const filtered = this.builder.one({ kind: 'depthwiseConv2d', stride }, [x, filter]);
    return this.relu(this.batchNorm(`${name}.norm`, filtered));
  }

  /** Each channel smoothed by the filter [1, 2, 1] along both sides (Zhang 2019). */
  blur(x: ValueRef): ValueRef {
    const channels = this.channels(x);
    const taps = [1, 2, 1].flatMap((row) => [1, 2, 1].map((column) => (row * column) / 16));
    const values = taps.flatMap((tap) => new Array<number>(channels).fill(tap));
    const filter = this.builder.reshape(this.builder.constant(...values), [depthwiseSide, depthwiseSide, channels]);
    return this.builder.one({ kind: 'depthwiseConv2d', stride: 1 }, [x, filter]);
  }

  /**
   * Weights the channels of each image by what two dense layers, the first one a sixteenth as wide but at least eight channels, make of their means
   * (Hu et al. 2018).
   */
  squeezeExcite(name: string, x: ValueRef): ValueRef {
    const channels = this.channels(x);
    const hidden = Math.max(fewestSqueezed, Math.round(channels / squeeze));
    const means = this.builder.one({ kind: 'globalAveragePool' }, [x]);
    const inner = this.relu(this.dense(`${name}.0`, means, hidden, Math.sqrt(2 / channels)));
    const outer = this.dense(`${name}.1`, inner, channels, Math.sqrt(1 / hidden));
    const gates = this.builder.reshape(this.builder.one({ kind: 'sigmoid' }, [outer]), [-1, 1, 1, channels]);
    return this.builder.one({ kind: 'multiply' }, [x, gates]);
  }

  /**
   * @param startScale the scale before training; 0 makes a residual block start as its shortcut (Goyal et al. 2017,
   * 5.1).
   */
  batchNorm(name: string, x: ValueRef, startScale = 1): ValueRef {
    const shape = [this.channels(x)];
    const part = (group: 'norms' | 'statistics', what: string, value: number) =>
      this.parameter({ name: `${name}.${what}`, group, shape, start: { value } });
    const [scale, offset] = [part('norms', 'scale', startScale), part('norms', 'offset', 0)];
    if (this.mode === 'train') {
      const outputs = this.builder.add({ kind: 'batchNormTrain', epsilon }, [x, scale, offset]);
      const [y, mean, variance] = outputs;
      if (y === undefined || mean === undefined || variance === undefined)
        throw new Error('batchNormTrain: too few outputs');
      this.seen.push(mean, variance);
      return y;
    }
    const [mean, variance] = [part('statistics', 'mean', 0), part('statistics', 'variance', 1)];
    return this.builder.one({ kind: 'batchNormInfer', epsilon }, [x, scale, offset, mean, variance]);
  }

  relu(x: ValueRef): ValueRef {
    return this.builder.one({ kind: 'relu' }, [x]);
  }

  add(a: ValueRef, b: ValueRef): ValueRef {
    return this.builder.one({ kind: 'add' }, [a, b]);
  }

  /** In training x times a mask of a number for each image, where there is drop path. @param depth of the block, in (0, 1]: its share of the rate. */
  dropPath(name: string, x: ValueRef, depth: number): ValueRef {
    if (!this.noise.dropPath) return x;
    return this.masked(x, [-1, 1, 1, 1], { name: `${name}.mask`, perImage: 1, kind: 'dropPath', share: depth });
  }

  /** In training x [n, c] times a mask of its shape, where there is dropout. */
  private dropout(x: ValueRef): ValueRef {
    const features = this.channels(x);
    if (!this.noise.dropout) return x;
    return this.masked(x, [-1, features], { name: 'features.mask', perImage: features, kind: 'dropout', share: 1 });
  }

  private masked(x: ValueRef, shape: readonly number[], mask: MaskInput): ValueRef {
    if (this.mode === 'infer') return x;
    this.asked.push(mask);
    const factors = this.builder.input(mask.name, { shape, dtype: 'float32' });
    return this.builder.one({ kind: 'multiply' }, [x, factors]);
  }

  /** Convolution, batch norm, ReLU. */
  unit(name: string, x: ValueRef, size: number, out: number, stride: number): ValueRef {
    return this.relu(this.batchNorm(`${name}.norm`, this.convolution(name, x, size, out, stride)));
  }

  maxPool(x: ValueRef, size: number, stride: number): ValueRef {
    return this.builder.one({ kind: 'maxPool', size, stride, padding: 'same' }, [x]);
  }

  averagePool(x: ValueRef, size: number, stride: number): ValueRef {
    return this.builder.one({ kind: 'averagePool', size, stride, padding: 'same' }, [x]);
  }

  /**
   * Global average pooling, dropout and a dense layer with bias, which starts small so that the first predictions are near
   * uniform.
   */
  classifier(x: ValueRef, classes: number): ValueRef {
    const features = this.dropout(this.builder.one({ kind: 'globalAveragePool' }, [x]));
    return this.dense('classifier', features, classes, 0.01);
  }

  /** A dense layer with bias; its kernel starts normal with this standard deviation. */
  private dense(name: string, x: ValueRef, out: number, deviation: number): ValueRef {
    const shape = [this.channels(x), out];
    const kernel = this.parameter({ name: `${name}.kernel`, group: 'weights', shape, start: { deviation } });
    const bias = this.parameter({ name: `${name}.bias`, group: 'norms', shape: [out], start: { value: 0 } });
    const product = this.builder.one({ kind: 'matMul', transposeA: false, transposeB: false }, [x, kernel]);
    return this.builder.one({ kind: 'add' }, [product, bias]);
  }
}
