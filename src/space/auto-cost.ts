import type { Configuration } from './types.js';

/** What decides the cost of a training step on one image. */
export interface Architecture {
  readonly family: 'residual' | 'plain';
  /** Side of the images in pixels. */
  readonly resolution: number;
  readonly stem: 'small' | 'medium' | 'large';
  /** Channels of the first stage. */
  readonly width: number;
  readonly blocks: number;
}

/** Stages of every architecture of the built-in space. */
export const stages = 4;

/** Images with a shorter side in pixels than this are thumbnails: other networks suit them, and larger batches. */
export const photosFrom = 48;

/**
 * Images of a batch that networks of a side in pixels are compared with: few enough that a step of a large one stays short. Small images are quick, and with
 * half as many their networks seem a fifth slower than they train.
 */
export const usualBatchSize = (side: number): number => (side < photosFrom ? 128 : 64);

/** By how much a stem divides the side of the image. */
export const stemStride = { small: 1, medium: 2, large: 4 } as const;

/**
 * What the normalisations, activations and copies of one element of a feature map cost, in multiply-accumulates: narrow networks are
 * bound by memory, so counting multiply-accumulates alone would promise too much of them. A round figure between wasm and GPUs.
 */
const macsPerElement = 100;

/** Relative cost of a training step on one image: multiply-accumulates of the convolutions, plus their outputs' share. */
export function workPerImage({ family, resolution, stem, width, blocks }: Architecture): number {
  const convolutions = family === 'plain' ? blocks + 1 : 2 * blocks;
  const stemSide = Math.ceil(resolution / Math.min(2, stemStride[stem]));
  let work = stemSide ** 2 * width * (27 + macsPerElement);
  let side = Math.ceil(resolution / stemStride[stem]);
  for (let stage = 0; stage < stages; stage++) {
    const channels = width * 2 ** stage;
    work += convolutions * side ** 2 * channels * (9 * channels + macsPerElement);
    side = Math.ceil(side / 2);
  }
  return work;
}

/** A configuration of the built-in trainer that asks for an architecture. */
export function asConfiguration(architecture: Architecture): Configuration {
  return {
    'network.family': architecture.family,
    'network.stem': architecture.stem,
    'network.width': architecture.width,
    'network.blocks': architecture.blocks,
    'network.stages': stages,
    resolution: architecture.resolution,
    'optimizer.batchSize': usualBatchSize(architecture.resolution),
  };
}

/** The architecture that a configuration of the built-in space asks for. */
export function architectureOf(configuration: Configuration): Architecture {
  const stem = configuration['network.stem'];
  return {
    family: configuration['network.family'] === 'plain' ? 'plain' : 'residual',
    resolution: Number(configuration['resolution'] ?? 32),
    stem: stem === 'medium' || stem === 'large' ? stem : 'small',
    width: Number(configuration['network.width'] ?? 16),
    blocks: Number(configuration['network.blocks'] ?? 1),
  };
}

/** A measured training throughput. */
export interface ProbedRate {
  readonly architecture: Architecture;
  /** Training images a second of the whole machine; 0 where the probe failed. */
  readonly imagesPerSecond: number;
}

/** A probe that worked, in logarithms. */
interface Point {
  readonly family: Architecture['family'];
  readonly work: number;
  readonly seconds: number;
}

/**
 * The line through points with the least squares. Its slope is kept in [0.5, 1.1]: small networks never use a machine worse than that, and large
 * ones never better.
 */
function lineThrough(points: readonly Point[]): (work: number) => number {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [work, seconds] = [mean((point) => point.work), mean((point) => point.seconds)];
  const variance = mean((point) => (point.work - work) ** 2);
  const covariance = mean((point) => (point.work - work) * (point.seconds - seconds));
  const slope = variance > 1e-6 ? Math.min(1.1, Math.max(0.5, covariance / variance)) : 1;
  return (wanted) => seconds + slope * (wanted - work);
}

/** By how much points lie above a line: straight between two of them, beyond the outermost as there. */
function above(line: (work: number) => number, points: readonly Point[]): (work: number) => number {
  const sorted = points.toSorted((a, b) => a.work - b.work);
  const height = (point: Point | undefined): number => (point === undefined ? 0 : point.seconds - line(point.work));
  return (wanted) => {
    const next = sorted.findIndex(({ work }) => work > wanted);
    const [low, high] = [sorted.at(next < 0 ? -1 : Math.max(0, next - 1)), sorted.at(next)];
    if (low === undefined || high === undefined || low === high) return height(low);
    const part = (wanted - low.work) / (high.work - low.work);
    return (1 - part) * height(low) + part * height(high);
  };
}

/**
 * Estimates images a second for architectures that were not probed: a power law of the work, corrected by how far the probes lie off it, so that what
 * was probed is as it was measured.
 *
 * @returns undefined where no probe succeeded. An architecture at least as large as the smallest that failed gets 0, provided that none
 *   as large succeeded.
 */
export function rateModel(rates: readonly ProbedRate[]): ((architecture: Architecture) => number) | undefined {
  const points = rates
    .filter(({ imagesPerSecond }) => Number.isFinite(imagesPerSecond) && imagesPerSecond > 0)
    .map(
      ({ architecture, imagesPerSecond }): Point => ({
        family: architecture.family,
        work: Math.log(workPerImage(architecture)),
        seconds: -Math.log(imagesPerSecond),
      }),
    );
  if (points.length === 0) return undefined;
  const line = lineThrough(points);
  const of = (wanted: Architecture['family']) => points.filter(({ family }) => family === wanted);
  const [residual, plain] = [of('residual'), of('plain')];
  const ofResidual = above(line, residual);
  // Plain networks are probed once: at other sizes they differ from residual ones as they do there.
  const curve = residual.length > 0 ? (work: number) => line(work) + ofResidual(work) : line;
  const ofPlain = above(curve, plain);
  const correction = {
    residual: ofResidual,
    plain: (work: number) => curve(work) - line(work) + ofPlain(work),
  };
  const largestGood = Math.max(...points.map((point) => point.work));
  const failed = rates
    .filter(({ imagesPerSecond }) => !(imagesPerSecond > 0))
    .map(({ architecture }) => Math.log(workPerImage(architecture)))
    .filter((failure) => failure > largestGood);
  const limit = Math.min(...failed, Number.POSITIVE_INFINITY);
  return (architecture) => {
    const wanted = Math.log(workPerImage(architecture));
    return wanted >= limit ? 0 : Math.exp(-(line(wanted) + correction[architecture.family](wanted)));
  };
}
