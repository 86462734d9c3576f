import type { ValueRef } from '../program/types.js';
import type { Layers } from './layers.js';

/** Where a block stands in a network. */
export interface Site {
  readonly layers: Layers;
  /** Begins the names of its parameters. */
  readonly name: string;
  readonly x: ValueRef;
  /** The stage's channels: of the result, but four times as many where the block is a bottleneck. */
  readonly channels: number;
  readonly stride: number;
  /** Whether images are smoothed before they are subsampled (Zhang 2019). */
  readonly blur: boolean;
  /** Fewest channels of a result that is weighted by squeeze-and-excitation; false for none. */
  readonly squeezeExcite: number | false;
  /** The part of the network's blocks with shortcuts that stands up to and including this one, in (0, 1] where it has one. */
  readonly depth: number;
}

export type Block = (site: Site) => ValueRef;

/** By how much a bottleneck's result is wider than its inside, and an inverted bottleneck's inside than its ends. */
const expansion = 4;

/** What a convolution with the block's stride sees. */
function beforeStride({ layers, stride, blur }: Site, x: ValueRef): ValueRef {
  return blur && stride > 1 ? layers.blur(x) : x;
}

function weighted({ layers, name, squeezeExcite }: Site, x: ValueRef): ValueRef {
  const wanted = squeezeExcite !== false && layers.channels(x) >= squeezeExcite;
  return wanted ? layers.squeezeExcite(`${name}.se`, x) : x;
}

/**
 * Adds what a block took in to what it made. Where the shape changes, the shortcut averages 2x2 pixels before its 1x1 convolution (He et al.
 * 2019, ResNet-D).
 */
function withShortcut(site: Site, residual: ValueRef): ValueRef {
  const { layers, name, x, stride } = site;
  const branch = layers.dropPath(name, weighted(site, residual), site.depth);
  const out = layers.channels(branch);
  if (stride === 1 && layers.channels(x) === out) return layers.relu(layers.add(branch, x));
  const pooled = stride === 1 ? x : layers.averagePool(x, 2, stride);
  const projected = layers.convolution(`${name}.shortcut`, pooled, 1, out, 1);
  return layers.relu(layers.add(branch, layers.batchNorm(`${name}.shortcut.norm`, projected)));
}

/** One 3x3 convolution. */
export const plainBlock: Block = (site) => {
  const { layers, name, x, channels, stride } = site;
  return weighted(site, layers.unit(name, beforeStride(site, x), 3, channels, stride));
};

/** Two 3x3 convolutions and a shortcut (He et al. 2016). */
export const basicBlock: Block = (site) => {
  const { layers, name, x, channels, stride } = site;
  const inner = layers.unit(`${name}.0`, beforeStride(site, x), 3, channels, stride);
  const residual = layers.convolution(`${name}.1`, inner, 3, channels, 1);
  return withShortcut(site, layers.batchNorm(`${name}.1.norm`, residual, 0));
};

/** 1x1, 3x3 and 1x1 convolutions and a shortcut (He et al. 2016); the 3x3 one has the stride (ResNet-B, He et al. 2019). */
export const bottleneckBlock: Block = (site) => {
  const { layers, name, x, channels, stride } = site;
  const narrow = layers.unit(`${name}.0`, x, 1, channels, 1);
  const inner = layers.unit(`${name}.1`, beforeStride(site, narrow), 3, channels, stride);
  const residual = layers.convolution(`${name}.2`, inner, 1, expansion * channels, 1);
  return withShortcut(site, layers.batchNorm(`${name}.2.norm`, residual, 0));
};

/**
 * A 1x1 convolution that widens, a depthwise 3x3 one and a 1x1 one that narrows and is not rectified (Sandler et al. 2018, with an expansion of 4);
 * the shortcut is there where the shape stays. Squeeze-and-excitation stands inside (Howard et al. 2019).
 */
export const invertedBlock: Block = (site) => {
  const { layers, name, x, channels, stride } = site;
  const wide = layers.unit(`${name}.0`, x, 1, expansion * layers.channels(x), 1);
  const inner = layers.depthwiseUnit(`${name}.1`, beforeStride(site, wide), stride);
  const result = layers.convolution(`${name}.2`, weighted(site, inner), 1, channels, 1);
  const stays = stride === 1 && layers.channels(x) === channels;
  const normal = layers.batchNorm(`${name}.2.norm`, result, stays ? 0 : 1);
  return stays ? layers.add(layers.dropPath(name, normal, site.depth), x) : normal;
};
