import { formatDuration } from '../budget/duration.js';
import type { Precision } from '../program/precision.js';
import { type Architecture, architectureOf, rateModel } from './auto-cost.js';
import { type ImageKind, ladderFor } from './auto-ladder.js';
import { recipePriors } from './auto-recipe.js';
import { searchSpaceFromPlain } from './plain.js';
import type { Configuration, SearchSpace } from './types.js';

export { autoCandidates } from './auto-ladder.js';

/** Part of the budget that the final training gets when nothing else is known. */
const finalShare = 0.65;

/** Passes over the training images that every architecture of the space must be able to make in the final training. */
const fewestEpochs = 5;

/** Training images a second with which an architecture makes these passes: slower ones are never offered. */
export function slowestRateOfUse({
  trainImages,
  budgetSeconds,
}: Pick<AutoInput, 'trainImages' | 'budgetSeconds'>): number {
  return (fewestEpochs * trainImages) / (finalShare * budgetSeconds);
}

/**
 * Passes that the default architecture should make: the fewer, the more images there are to learn from. More pixels are worth their cost with fewer passes
 * than more channels or layers. Measured at equal seconds: over 3,200 photos 96 px win against 64 px with 49 passes and lose with 26; over 25,000 and
 * 60,000 thumbnails a stem that keeps the side wins with 11 and ties with 10, where twice the width loses with 11 (bench/README.md). Short rungs seldom find
 * any of this.
 */
const goodEpochs = {
  morePixels: (trainImages: number): number => Math.min(150, Math.max(10, 130_000 / trainImages)),
  larger: (trainImages: number): number =>
    Math.max(goodEpochs.morePixels(trainImages), Math.min(30, Math.max(12, 1_800_000 / trainImages))),
} as const;

/** What a further replica adds to the throughput of the first: they share memory and wait for each other (1.95 times measured with 2). */
const replicaEfficiency = 0.9;

const standardFamily = 'residual';

/** How many neighbouring rungs of the ladder the space spans at most. */
const span = 3;

export interface AutoInput extends ImageKind {
  /** Images of one pass of the final training, those for validation included: the space leaves `final.useValidation` as it is. */
  readonly trainImages: number;
  readonly budgetSeconds: number;
  /** Images are offered no larger, in pixels; default: as large as they are. */
  readonly largestSide?: number;
  readonly precision: Precision;
  /** That divide a batch of the final training. */
  readonly threads: number;
  /** Rates of `autoCandidates` measured on one replica, 0 where one failed, and how many replicas the final training has. */
  readonly rates: readonly {
    readonly configuration: Configuration;
    readonly trainImagesPerSecond: number;
    readonly replicas: number;
  }[];
}

export interface AutoSpace {
  readonly space: SearchSpace;
  /** Why these architectures, in sentences for people. */
  readonly reasons: readonly string[];
}

type Rung = ReturnType<typeof ladderFor>[number];

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];
const stemOrder = ['large', 'medium', 'small'] as const;

/** The most expensive architecture that the product of some rungs' values holds. */
function corner(rungs: readonly Rung[]): readonly Architecture[] {
  const largest = {
    resolution: Math.max(...rungs.map(({ resolution }) => resolution)),
    stem: stemOrder.findLast((stem) => rungs.some((rung) => rung.stem === stem)) ?? 'large',
    width: Math.max(...rungs.map(({ width }) => width)),
    blocks: Math.max(...rungs.map(({ blocks }) => blocks)),
  };
  return [
    { family: 'residual', ...largest },
    { family: 'plain', ...largest },
  ];
}

/**
 * A search space for the built-in trainer, fitted to the machine's measured speed: the largest architecture that makes 30 passes
 * over the training images in the final part of the budget (more over few images, fewer over many) as the default, and larger ones that make at least 5, with what else is
 * searched around what is known to work (`recipePriors`). Where even the cheapest architecture makes fewer
 * than 5 it stands alone, and the reasons say so.
 */
export function autoSpace(input: AutoInput): AutoSpace {
  const { trainImages, budgetSeconds, largestSide = Number.POSITIVE_INFINITY } = input;
  const ladder = ladderFor(input, input.precision).filter(({ resolution }) => resolution <= largestSide);
  const rate = rateModel(
    input.rates.map(({ configuration, trainImagesPerSecond, replicas }) => ({
      architecture: architectureOf(configuration),
      imagesPerSecond: trainImagesPerSecond * (1 + replicaEfficiency * (replicas - 1)),
    })),
  );
  const finalSeconds = budgetSeconds * finalShare;
  const epochs = (architecture: Architecture): number =>
    ((rate?.(architecture) ?? 0) * finalSeconds) / Math.max(1, trainImages);
  const passes = (rungs: readonly Rung[]): number => Math.min(...corner(rungs).map(epochs));

  const enough = (rung: Rung, smaller: Rung | undefined): number => {
    const grows = smaller !== undefined && rung.width <= smaller.width && rung.blocks <= smaller.blocks;
    return goodEpochs[grows ? 'morePixels' : 'larger'](Math.max(1, trainImages));
  };
  const good = Math.max(
    0,
    ladder.findLastIndex(
      (rung, index) => epochs({ family: standardFamily, ...rung }) >= enough(rung, ladder[index - 1]),
    ),
  );
  const preset = ladder[good];
  if (preset === undefined) throw new Error('the ladder of architectures is empty');
  const chosen = windowAt(ladder, good, (rungs) => passes(rungs) >= fewestEpochs);
  const presetEpochs = epochs({ family: standardFamily, ...preset });
  const space = searchSpaceFromPlain({
    name: 'auto',
    parameters: {
      ...architectureParameters(chosen, preset),
      ...recipePriors({ trainImages, epochs: presetEpochs, threads: input.threads }),
    },
    scheduler: { min: Number(Math.min(120, Math.max(2, budgetSeconds / 90)).toPrecision(3)) },
  });
  return {
    space,
    reasons: [
      ...(rate === undefined ? ['no probe gave a rate: only the cheapest architecture is offered'] : []),
      `${describe(preset)} makes about ${round(presetEpochs)} passes over ${trainImages} images in ${formatDuration(finalSeconds)} of final training`,
      passes(chosen) >= fewestEpochs
        ? `the largest architecture of the space, ${describe(corner(chosen)[0] ?? preset)}, makes about ${round(passes(chosen))} passes`
        : `fewer than the ${fewestEpochs} passes that a network should make: the budget is short for this data set on this machine`,
    ],
  };
}

/**
 * The default architecture and larger ones. A smaller one is not offered: it learns faster in the short trainings of a search, and wins there also where it
 * would end below; a larger one that wins there is better. Only where there is no larger one are there smaller ones to compare.
 */
function windowAt(ladder: readonly Rung[], preset: number, fits: (rungs: readonly Rung[]) => boolean): readonly Rung[] {
  const last = ladder.length - 1;
  if (preset === last && fits(ladder.slice(preset))) return ladder.slice(Math.max(0, last - span + 1));
  for (let top = Math.min(last, preset + span - 1); top > preset; top--) {
    const window = ladder.slice(preset, top + 1);
    if (fits(window)) return window;
  }
  return ladder.slice(preset, preset + 1);
}

function round(epochs: number): string {
  return epochs < 10 ? String(Number(epochs.toFixed(1))) : String(Math.round(epochs));
}

function describe({ resolution, width, blocks, stem }: Rung): string {
  return `${resolution} px, width ${width}, ${blocks} ${blocks === 1 ? 'block' : 'blocks'} a stage, ${stem} stem`;
}

function architectureParameters(rungs: readonly Rung[], preset: Rung): Readonly<Record<string, unknown>> {
  const choice = <T>(values: readonly T[], value: T): unknown => {
    const distinct = unique(values);
    return distinct.length === 1 ? value : { type: 'choice', values: distinct, default: value };
  };
  const ascending = (pick: (rung: Rung) => number): readonly number[] => rungs.map(pick).sort((a, b) => a - b);
  return {
    resolution: choice(
      ascending(({ resolution }) => resolution),
      preset.resolution,
    ),
    'network.family': { type: 'choice', values: ['residual', 'plain'], default: standardFamily },
    'network.stem': choice(
      rungs.map(({ stem }) => stem),
      preset.stem,
    ),
    'network.width': choice(
      ascending(({ width }) => width),
      preset.width,
    ),
    'network.blocks': choice(
      ascending(({ blocks }) => blocks),
      preset.blocks,
    ),
    'network.stages': 4,
  };
}
