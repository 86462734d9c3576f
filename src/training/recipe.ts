import { z } from 'zod';
import { InputError } from '../errors.js';
import { blockKinds, families, type OptimizerKind, optimizerKinds, stems } from '../network/describe.js';
import { nearestName } from '../space/nearest.js';
import type { Configuration } from '../space/types.js';

const expectedBlocks = 'an integer from 1 to 6, or four numbers such as 3-4-6-3';

/**
 * What the built-in trainer reads from a configuration. A search space may declare these names and no others; what it leaves out takes the
 * default given here.
 */
export const recipeSchema = z.strictObject({
  /** `residual`: residual blocks; `plain`: 3x3 convolutions without shortcuts; `mobile`: inverted bottlenecks. */
  'network.family': z.enum(families).default('residual'),
  /** Channels of the first stage; each further stage doubles them. */
  'network.width': z.int().min(4).max(256).default(16),
  /** Of `residual`: two 3x3 convolutions, or 1x1, 3x3 and 1x1 with a result four times as wide. */
  'network.block': z.enum(blockKinds).default('basic'),
  /** Blocks a stage, or such as `3-4-6-3`: of each of four stages. */
  'network.blocks': z
    .union([z.int().min(1).max(6), z.string().regex(/^[1-9]\d?(-[1-9]\d?){3}$/, expectedBlocks)], {
      error: expectedBlocks,
    })
    .default(1),
  'network.stages': z.int().min(2).max(4).default(4),
  /**
   * First layer: `small` 3x3 with stride 1, `medium` 3x3 with stride 2, `large` 3x3 with stride 2 and a pooling of stride 2, `deep` three 3x3 and the
   * pooling.
   */
  'network.stem': z.enum(stems).default('small'),
  /** Whether images are smoothed before each convolution with a stride but the first. */
  'network.blur': z.boolean().default(false),
  /** Fewest channels of a block that squeeze-and-excitation weights; false: none. */
  'network.squeezeExcite': z
    .union([z.literal(false), z.int().min(1).max(4096)], { error: 'false or an integer from 1 to 4096' })
    .default(false),
  /** Side of the training images in pixels. */
  resolution: z.int().min(8).max(512).default(32),
  /** Side of the images that are judged and predicted relative to that of the training images; see `evaluationSide`. */
  'evaluation.scale': z.number().min(1).max(1.5).default(1),
  /** Side that training begins with relative to the full one; 1 for the full one throughout. See `trainingSides`. */
  'progressive.from': z.number().min(0.25).max(1).default(1),
  /** Part of the schedule that the lowest side is kept; see `sideAt`. */
  'progressive.until': z.number().min(0).max(0.88).default(0.74),
  'optimizer.batchSize': z.int().min(8).max(2048).default(128),
  /** `nesterov`: SGD with Nesterov momentum; `adamw` (Loshchilov and Hutter 2019); `muon` (Jordan et al. 2024). */
  'optimizer.kind': z.enum(optimizerKinds).default('nesterov'),
  /** Peak learning rate for a batch of 256 images; see `peakLearningRate` for other batches. */
  'optimizer.learningRate': z.number().positive().max(10).default(0.2),
  /** Of the mean gradient: Nesterov's, Muon's, AdamW's first beta. */
  'optimizer.momentum': z.number().min(0).max(0.999).default(0.9),
  /** Decay of the mean squared gradient of `adamw`, and of `muon` where it leaves weights to AdamW. */
  'optimizer.beta2': z.number().min(0).max(0.9999).default(0.999),
  /**
   * Not on norms and biases. `nesterov`: L2 coefficient in the gradient; others: part of a weight, times the learning rate, that a step takes
   * off.
   */
  'optimizer.weightDecay': z.number().min(0).max(1).default(5e-4),
  /** Largest norm of the mean gradient of a step, over all parameters: a longer one is scaled down to it (Pascanu et al. 2013); 0 for none. */
  'optimizer.clip': z.number().min(0).max(1e6).default(0),
  /** Learning rate of biases, those of batch norms and the classifier's, as a multiple of that of everything else (Jordan 2024: 64). */
  'optimizer.biasRate': z.number().positive().max(100).default(1),
  /** How the learning rate falls to zero. */
  'schedule.shape': z.enum(['linear', 'cosine', 'one-minus-sqrt', 'rex']).default('linear'),
  /** Part of the schedule that warms up linearly from a tenth of the peak. */
  'schedule.warmup': z.number().min(0).max(0.5).default(0.05),
  /** Part of the schedule, after the warm-up, that holds the peak before it falls; only for the final run: rungs hold by their plan. */
  'schedule.hold': z.number().min(0).max(0.9).default(0),
  'augmentation.flip': z.boolean().default(true),
  /** Random crop from the image padded by this part of its side with its mirror image; 0 for none. */
  'augmentation.pad': z.number().min(0).max(0.5).default(0.125),
  /** Least part of the image that a random resized crop shows; 1 for no such crops. With them `augmentation.pad` does not count. */
  'augmentation.crop': z.number().min(0.05).max(1).default(1),
  /** Magnitude of RandAugment's cheap operations; 0 for none. */
  'augmentation.randAugment': z.number().min(0).max(10).default(0),
  /** Probability that a random box of an image is erased. */
  'augmentation.erasing': z.number().min(0).max(1).default(0),
  /** Alpha of mixup; 0 for none. */
  'augmentation.mixup': z.number().min(0).max(2).default(0),
  /** Alpha of CutMix; 0 for none. With both, half of the images get one and half the other. */
  'augmentation.cutmix': z.number().min(0).max(2).default(0),
  'regularisation.labelSmoothing': z.number().min(0).max(0.5).default(0.1),
  /** Part of the features before the classifier that is dropped in training (Srivastava et al. 2014). */
  'regularisation.dropout': z.number().min(0).max(0.9).default(0),
  /** Rate at which the last block with a shortcut is dropped, for each image by itself; less before it (Huang et al. 2016). */
  'regularisation.dropPath': z.number().min(0).max(0.9).default(0),
  /**
   * Epochs of a training that is regularised in full; a shorter one takes a proportional part of what the options say; 0: in full whatever its
   * length. See `regularisationStrength`.
   */
  'regularisation.fullEpochs': z.number().min(0).max(10_000).default(0),
  /**
   * Batch-norm statistics of the averaged weights. `averaged`: those on the way, averaged as the weights are; `recomputed`: at the end anew, from
   * training images as they are. See `recalibrate`.
   */
  'average.statistics': z.enum(['averaged', 'recomputed']).default('averaged'),
  /**
   * Part of the schedule, at its end, over which all steps count alike in the averaged weights, so that these reach back over all of it; 0 for none:
   * then, as before it, steps count less the longer ago they are.
   */
  'average.tail': z.number().min(0).max(0.9).default(0),
  /** Decay of the exponential moving average of the weights per step of 128 images. */
  'average.decay': z.number().min(0).max(0.9999).default(0.99),
});

export type Recipe = z.infer<typeof recipeSchema>;

/**
 * Defaults that depend on the kind of optimiser: updates of `adamw` and `muon` have a size of their own, whatever the gradient's. The rates
 * suit trainings of some thousand steps of small convolutional networks; a few hundred steps bear three times as much.
 */
const defaultsOf: Readonly<Record<OptimizerKind, Partial<Recipe>>> = {
  nesterov: {},
  adamw: { 'optimizer.learningRate': 0.01, 'optimizer.weightDecay': 0.05 },
  muon: { 'optimizer.learningRate': 0.03, 'optimizer.momentum': 0.95, 'optimizer.weightDecay': 0.05 },
};

/** Names a search space for the built-in trainer may declare. */
export const recipeParameters: readonly string[] = Object.keys(recipeSchema.shape);

/** @throws InputError when a value is out of its range or a name is unknown. */
export function parseRecipe(configuration: Configuration): Recipe {
  const kind = recipeSchema.shape['optimizer.kind'].safeParse(configuration['optimizer.kind']);
  const parsed = recipeSchema.safeParse({ ...(kind.success ? defaultsOf[kind.data] : {}), ...configuration });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  if (unknown !== undefined) {
    const known = nearestName(unknown, recipeParameters) ?? recipeParameters.join(', ');
    throw new InputError(`configuration ${unknown}`, 'a parameter of the built-in trainer', 'an unknown one', known);
  }
  const name = issue?.path.join('.') ?? '';
  throw new InputError(
    `configuration ${name}`.trim(),
    issue?.message ?? 'a valid recipe',
    JSON.stringify(configuration[name] ?? configuration),
    'the ranges in docs/search-spaces.md',
  );
}
