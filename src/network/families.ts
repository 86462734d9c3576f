import { unreachable } from '../errors.js';
import type { ValueRef } from '../program/types.js';
import { type Block, basicBlock, bottleneckBlock, invertedBlock, plainBlock } from './blocks.js';
import type { Layers } from './layers.js';

/** Families of networks: see `NetworkDescription.family`. */
export const families = ['residual', 'plain', 'mobile'] as const;

/** First layers: see `NetworkDescription.stem`. */
export const stems = ['small', 'medium', 'large', 'deep'] as const;

/** Blocks of the residual family: see `NetworkDescription.block`. */
export const blockKinds = ['basic', 'bottleneck'] as const;

/** What distinguishes one network from another. */
export interface NetworkDescription {
  /**
   * `residual`: residual blocks (He et al. 2016) with the shortcuts of ResNet-D (He et al. 2019); `plain`: 3x3 convolutions without shortcuts
   * (Simonyan and Zisserman 2015, with batch norms); `mobile`: inverted bottlenecks with depthwise convolutions (Sandler et al. 2018).
   */
  readonly family: (typeof families)[number];
  /** Channels of the first stage; each further stage doubles them and halves the side. */
  readonly width: number;
  /**
   * Blocks of each stage: as many in all, or one number a stage, of which those beyond the last stage do not count. A `plain` stage holds one
   * convolution more.
   */
  readonly blocks: number | readonly number[];
  readonly stages: number;
  /**
   * Of the residual family. `basic`: two 3x3 convolutions; `bottleneck`: 1x1, 3x3 and 1x1, with a result of four times the stage's channels.
   * basic when left out.
   */
  readonly block?: (typeof blockKinds)[number];
  /**
   * First layer: `small` 3x3 with stride 1, `medium` 3x3 with stride 2, `large` 3x3 with stride 2 and 3x3 max pooling
   * with stride 2, `deep` three 3x3 ones, the first with stride 2 and the first two half as wide, and the pooling (ResNet-C, He et al. 2019).
   */
  readonly stem: (typeof stems)[number];
  /**
   * Whether images are smoothed by the filter [1, 2, 1] along both sides before each convolution with a stride (Zhang 2019) but the first, which
   * sees the pixels. false when left out.
   */
  readonly blur?: boolean;
  /**
   * Fewest channels of what a block makes (of a `mobile` block, of its depthwise convolution) where squeeze-and-excitation weights them (Hu et al.
   * 2018); false, as when left out: none.
   */
  readonly squeezeExcite?: number | false;
  /** Side of the images in pixels, at least 1. */
  readonly resolution: number;
  /** At least 2. */
  readonly classes: number;
  /** Whether features before the classifier are dropped in training, by masks that are fed; false when left out. */
  readonly dropout?: boolean;
  /**
   * Whether blocks with shortcuts are dropped in training, by masks that are fed; false when left out. The rate grows linearly from the first
   * of them to the last (Huang et al. 2016).
   */
  readonly dropPath?: boolean;
}

/** By how much the `mobile` family widens its last stage before the classifier (Sandler et al. 2018: 320 to 1280 channels). */
const headExpansion = 4;

function stem(layers: Layers, x: ValueRef, { stem: kind, width }: NetworkDescription): ValueRef {
  switch (kind) {
    case 'small':
      return layers.unit('stem', x, 3, width, 1);
    case 'medium':
      return layers.unit('stem', x, 3, width, 2);
    case 'large':
      return layers.maxPool(layers.unit('stem', x, 3, width, 2), 3, 2);
    case 'deep': {
      const half = Math.ceil(width / 2);
      const inner = layers.unit('stem.1', layers.unit('stem.0', x, 3, half, 2), 3, half, 1);
      return layers.maxPool(layers.unit('stem.2', inner, 3, width, 1), 3, 2);
    }
    default:
      return unreachable(kind);
  }
}

function blockOf({ family, block = 'basic' }: NetworkDescription): Block {
  switch (family) {
    case 'residual':
      return block === 'basic' ? basicBlock : bottleneckBlock;
    case 'plain':
      return plainBlock;
    case 'mobile':
      return invertedBlock;
    default:
      return unreachable(family);
  }
}

/** Blocks of one stage, from 0. @throws Error when the description has no number for it. */
function blocksOfStage({ blocks, family }: NetworkDescription, stage: number): number {
  const count = typeof blocks === 'number' ? blocks : blocks[stage];
  if (count === undefined) throw new Error(`network.blocks: expected a number for stage ${stage}, got [${blocks}]`);
  return count + (family === 'plain' ? 1 : 0);
}

/** Logits [batch, classes] for uint8 images [batch, side, side, 3]. */
export function forward(layers: Layers, images: ValueRef, description: NetworkDescription): ValueRef {
  const { family, width, stages, classes, blur = false, squeezeExcite = false } = description;
  const makeBlock = blockOf(description);
  const counts = Array.from({ length: stages }, (_, stage) => blocksOfStage(description, stage));
  const strideOf = (stage: number, block: number) => (stage > 0 && block === 0 ? 2 : 1);
  // An inverted bottleneck with a stride has none.
  const hasShortcut = (stride: number) => family !== 'mobile' || stride === 1;
  const strides = counts.flatMap((count, stage) => Array.from({ length: count }, (_, block) => strideOf(stage, block)));
  const shortcuts = strides.filter(hasShortcut).length;
  let passed = 0;
  let x = stem(layers, layers.normalise(images), description);
  for (const [stage, count] of counts.entries()) {
    for (let block = 0; block < count; block += 1) {
      const stride = strideOf(stage, block);
      const channels = width * 2 ** stage;
      if (hasShortcut(stride)) passed += 1;
      const site = { layers, name: `stage${stage}.${block}`, x, channels, stride, blur, squeezeExcite };
      x = makeBlock({ ...site, depth: passed / shortcuts });
    }
  }
  const features = family === 'mobile' ? layers.unit('head', x, 1, headExpansion * layers.channels(x), 1) : x;
  return layers.classifier(features, classes);
}
