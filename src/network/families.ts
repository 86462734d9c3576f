import { unreachable } from '../errors.js';
import type { ValueRef } from '../program/types.js';
import type { Layers } from './layers.js';

/** What distinguishes one network from another. */
export interface NetworkDescription {
  /** `residual`: basic residual blocks (He et al. 2016); `plain`: 3x3 convolutions without shortcuts. */
  readonly family: 'residual' | 'plain';
  /** Channels of the first stage; each further stage doubles them and halves the side. */
  readonly width: number;
  /** Blocks a stage; a `plain` stage holds `blocks` + 1 convolutions. */
  readonly blocks: number;
  readonly stages: number;
  /**
   * First layer: `small` 3x3 with stride 1, `medium` 3x3 with stride 2, `large` 3x3 with stride 2 and 3x3 max pooling
   * with stride 2.
   */
  readonly stem: 'small' | 'medium' | 'large';
  /** Side of the images in pixels, at least 1. */
  readonly resolution: number;
  /** At least 2. */
  readonly classes: number;
}

function stem(layers: Layers, x: ValueRef, { stem: kind, width }: NetworkDescription): ValueRef {
  switch (kind) {
    case 'small':
      return layers.unit('stem', x, 3, width, 1);
    case 'medium':
      return layers.unit('stem', x, 3, width, 2);
    case 'large':
      return layers.maxPool(layers.unit('stem', x, 3, width, 2), 3, 2);
    default:
      return unreachable(kind);
  }
}

/**
 * Two 3x3 convolutions; where the shape changes, the shortcut averages 2x2 pixels before its 1x1 convolution (He et al.
 * 2019, ResNet-D).
 */
function residualBlock(layers: Layers, name: string, x: ValueRef, out: number, stride: number): ValueRef {
  const inner = layers.unit(`${name}.0`, x, 3, out, stride);
  const residual = layers.batchNorm(`${name}.1.norm`, layers.convolution(`${name}.1`, inner, 3, out, 1), 0);
  if (stride === 1 && layers.channels(x) === out) return layers.relu(layers.add(residual, x));
  const pooled = stride === 1 ? x : layers.averagePool(x, 2, stride);
  const projected = layers.convolution(`${name}.shortcut`, pooled, 1, out, 1);
  return layers.relu(layers.add(residual, layers.batchNorm(`${name}.shortcut.norm`, projected)));
}

/** Logits [batch, classes] for uint8 images [batch, side, side, 3]. */
export function forward(layers: Layers, images: ValueRef, description: NetworkDescription): ValueRef {
  const { family, width, blocks, stages, classes } = description;
  const plain = family === 'plain';
  let x = stem(layers, layers.normalise(images), description);
  for (let stage = 0; stage < stages; stage += 1) {
    for (let block = 0; block < blocks + (plain ? 1 : 0); block += 1) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const [name, out] = [`stage${stage}.${block}`, width * 2 ** stage];
      x = plain ? layers.unit(name, x, 3, out, stride) : residualBlock(layers, name, x, out, stride);
    }
  }
  return layers.classifier(x, classes);
}
