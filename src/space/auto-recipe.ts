import { fewestPartImages, usualParts } from '../program/side-by-side.js';

/** Epochs over 5,000 images up to which a training is regularised lightly, and from which on in full. */
const [someEpochs, manyEpochs] = [20, 80];

/**
 * How many epochs over these images are as many as one over 5,000: of more images a network learns fewer by heart. Measured with 60,000, where after 30
 * epochs the full weight decay alone still cost half a point (bench/README.md).
 */
const fewerBy = (trainImages: number): number => Math.sqrt(trainImages / 5000);

/**
 * Training parameters of the built-in space with their priors. Sources: SGD with Nesterov momentum, linear to zero, warm-up of 2 to 5 %
 * (Goyal et al. 2017); their learning rate of 0.1 for 256 images is for ninety passes over a million images: with a few hundred to a few
 * thousand steps several times as much is better (CIFAR speed runs; here one pass over 60,000 photos of clothes ends at 0.78 to 0.83 with 0.2
 * and at 0.88 with 1.0). L2 1e-4 to 5e-4 for data sets smaller than ImageNet; label smoothing 0.1 (Szegedy et al. 2016). Trainings of a few tens of
 * epochs want less regularisation than longer ones, and many images less than few, which these constants follow.
 *
 * What a rung cannot tell is not searched. It makes a tenth of the final training's steps at most: too few for networks to learn by heart, so what keeps
 * them from it (weight decay, crops, label smoothing) looks useless or is decided by chance, and makes half a point of difference or more at the end. Its rate is
 * constant and then cools down, whatever the shape of the final schedule; its warm-up is over soon; and its average reaches back over a tenth of its
 * few steps at most.
 *
 * @param trainImages images to train on
 * @param epochs passes over them that the final training will make, by estimate
 * @param threads of the final training: batches that leave some of them idle, which no rung shows, are not offered
 */
export function recipePriors(input: {
  readonly trainImages: number;
  readonly epochs: number;
  readonly threads: number;
}): Readonly<Record<string, unknown>> {
  const { trainImages, epochs, threads } = input;
  const some = someEpochs * fewerBy(Math.max(1, trainImages));
  const part = Math.min(1, Math.max(0, Math.log(epochs / some) / Math.log(manyEpochs / someEpochs)));
  /** Between light and full. */
  const between = (light: number, full: number): number => Number((light * (full / light) ** part).toPrecision(3));
  // A pass should hold at least 8 steps, and few images in all need small batches to make steps enough.
  const batches = [16, 32, 64, 128, 256].filter((batch) => batch <= Math.max(16, trainImages / 8));
  const wanted = trainImages * epochs < 3e5 ? 64 : 128;
  const batch = batches.findLast((candidate) => candidate <= wanted) ?? 16;
  const busy = Math.min(batch, fewestPartImages * Math.min(usualParts, threads));
  const near = batches.filter((each) => each >= Math.max(busy, batch / 2) && each <= batch * 2);
  // The average should reach back over about 5 % of the steps (of 128 images).
  const steps = Math.max(1, (trainImages * epochs) / 128);
  const decay = Number(Math.min(0.9998, Math.max(0.9, 1 - 1 / (0.05 * steps + 1))).toFixed(4));
  return {
    'optimizer.batchSize': near.length === 1 ? batch : { type: 'choice', values: near, default: batch },
    'optimizer.learningRate': { type: 'float', low: 0.05, high: 3, log: true, default: between(0.8, 0.5) },
    'optimizer.weightDecay': between(2e-4, 5e-4),
    'augmentation.flip': { type: 'choice', values: [true, false], default: true, confidence: 'high' },
    'augmentation.pad': between(0.06, 0.125),
    'regularisation.labelSmoothing': between(0.05, 0.1),
    'average.decay': decay,
  };
}
