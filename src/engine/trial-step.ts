import { ProgramBuilder } from '../program/builder.js';
import { elements } from '../program/geometry.js';
import { gradients } from '../program/gradients.js';
import type { Program, TrainingPrograms, ValueRef } from '../program/types.js';
import type { Engine, Feed } from './engine.js';

export interface TrialStepSize {
  readonly batchSize: number;
  /** Side of the images in pixels. */
  readonly side: number;
  /** Channels of the first convolution. */
  readonly width: number;
  /** Steps that are always made; the loss is that of the last of them. More than `warmUpSteps`. */
  readonly steps: number;
  /** Seconds to measure at least, warm-up not included. */
  readonly seconds: number;
}

/** What one training step costs and leads to. */
export interface StepMeasurement {
  readonly imagesPerSecond: number;
  /** Mean training loss an image of the last of the steps that are always made. */
  readonly loss: number;
}

/** Enough arithmetic to keep a processor or a graphics card busy, little enough to be over in seconds. */
const usualSize: TrialStepSize = { batchSize: 64, side: 32, width: 32, steps: 12, seconds: 0.5 };

/** Enough to keep a large graphics card busy: in less, all precisions take the time that it takes to start the kernels. */
export const largeTrialStep: TrialStepSize = { batchSize: 128, side: 64, width: 64, steps: 12, seconds: 0.5 };

const classes = 10;

/** By then the engine has compiled its code and grown its memory. */
export const warmUpSteps = 3;

/** Keeps gradients above the smallest half-precision number; a power of two changes no other digit. */
const lossScale = 1024;

interface Parameter {
  readonly shape: readonly number[];
  /** Standard deviation around 0, or one value everywhere. */
  readonly start: { readonly deviation: number } | { readonly value: number };
}

/** Three convolutions with batch norm, the last around a shortcut, and a classifier. */
function parametersOf(width: number): readonly Parameter[] {
  const unit = (from: number, to: number): readonly Parameter[] => [
    { shape: [3, 3, from, to], start: { deviation: Math.sqrt(2 / (9 * from)) } },
    { shape: [to], start: { value: 1 } },
    { shape: [to], start: { value: 0 } },
  ];
  const classifier = { shape: [2 * width, classes], start: { deviation: 0.01 } };
  return [...unit(3, width), ...unit(width, 2 * width), ...unit(2 * width, 2 * width), classifier];
}

/** Layers over parameters that lie one after the other in a single variable. */
class TrialLayers {
  readonly pieces: ValueRef[] = [];
  private begin = 0;

  constructor(
    private readonly builder: ProgramBuilder,
    private readonly parameters: readonly Parameter[],
  ) {}

  parameter(): ValueRef {
    const shape = this.parameters[this.pieces.length]?.shape ?? [];
    const length = elements(shape);
    const flat = this.builder.one({ kind: 'slice', begin: this.begin, length }, [this.builder.read('weights')]);
    this.begin += length;
    const piece = this.builder.reshape(flat, shape);
    this.pieces.push(piece);
    return piece;
  }

  unit(x: ValueRef, stride: number): ValueRef {
    const y = this.builder.one({ kind: 'conv2d', stride, padding: 'same' }, [x, this.parameter()]);
    const norm = this.builder.one({ kind: 'batchNormTrain', epsilon: 1e-5 }, [y, this.parameter(), this.parameter()]);
    return this.builder.one({ kind: 'relu' }, [norm]);
  }
}

function accumulateProgram(parameters: readonly Parameter[], length: number, side: number): Program {
  const builder = new ProgramBuilder('trial-accumulate', variables(length));
  const images = builder.input('images', { shape: [-1, side, side, 3], dtype: 'uint8' });
  const targets = builder.input('targets', { shape: [-1, classes], dtype: 'float32' });
  const layers = new TrialLayers(builder, parameters);
  const pixels = builder.one({ kind: 'cast' }, [images]);
  const centred = builder.one({ kind: 'subtract' }, [pixels, builder.constant(128)]);
  const stem = layers.unit(builder.one({ kind: 'multiply' }, [centred, builder.constant(1 / 64)]), 1);
  const shortcut = layers.unit(stem, 2);
  const block = builder.one({ kind: 'add' }, [layers.unit(shortcut, 1), shortcut]);
  const features = builder.one({ kind: 'globalAveragePool' }, [block]);
  const product = { kind: 'matMul', transposeA: false, transposeB: false } as const;
  const logits = builder.one(product, [features, layers.parameter()]);
  const losses = builder.one({ kind: 'softmaxCrossEntropy' }, [logits, targets]);
  const loss = builder.one({ kind: 'reduceSum', axes: [0] }, [losses]);
  const [ofLogits] = gradients(builder, loss, 'ones', [logits]);
  if (ofLogits === undefined) throw new Error('trial step: the logits have no gradient');
  const seed = builder.one({ kind: 'multiply' }, [ofLogits, builder.constant(lossScale)]);
  const flat = gradients(builder, logits, seed, layers.pieces).map((gradient, index) =>
    builder.reshape(gradient, [elements(parameters[index]?.shape ?? [])]),
  );
  builder.add({ kind: 'assignAdd', variable: 'gradient' }, [builder.concat(flat)]);
  builder.output('loss', loss);
  return builder.build();
}

function applyProgram(length: number): Program {
  const builder = new ProgramBuilder('trial-apply', variables(length));
  const scalar = (name: string) => builder.input(name, { shape: [1], dtype: 'float32' });
  const [learningRate, momentum, gradientScale] = [scalar('learningRate'), scalar('momentum'), scalar('gradientScale')];
  const mean = builder.one({ kind: 'multiply' }, [builder.read('gradient'), gradientScale]);
  const update = { kind: 'applyNesterov', variable: 'weights', slot: 'slot' } as const;
  builder.add(update, [mean, learningRate, momentum]);
  builder.add({ kind: 'clearVariable', variable: 'gradient' }, []);
  return builder.build();
}

const variables = (length: number) => ['weights', 'slot', 'gradient'].map((name) => ({ name, shape: [length] }));

/** Numbers in [0, 1), the same each time. */
function repeatable(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function startValues(parameters: readonly Parameter[]): Float32Array {
  const random = repeatable();
  const values = parameters.flatMap(({ shape, start }) =>
    Array.from({ length: elements(shape) }, () =>
      // A uniform distribution of deviation d reaches from −√3 d to √3 d.
      'value' in start ? start.value : (2 * random() - 1) * Math.sqrt(3) * start.deviation,
    ),
  );
  return Float32Array.from(values);
}

/** Images of a class are brighter the higher its number, so that there is something to learn. */
function trialBatch({ batchSize, side }: TrialStepSize): Readonly<Record<string, Feed>> {
  const random = repeatable();
  const imageBytes = side * side * 3;
  const images = Uint8Array.from({ length: batchSize * imageBytes }, (_, index) => {
    const label = Math.floor(index / imageBytes) % classes;
    return 160 * random() + (95 * label) / (classes - 1);
  });
  const targets = new Float32Array(batchSize * classes);
  for (let image = 0; image < batchSize; image += 1) targets[image * classes + (image % classes)] = 1;
  return { images, targets };
}

/**
 * Trains a small convolutional network for a moment, always from the same weights on the same images.
 * @param nowSeconds a monotonic clock.
 * @throws OutOfMemoryError when the engine has too little memory for it.
 */
export async function measureStep(
  engine: Engine,
  nowSeconds: () => number,
  size: TrialStepSize = usualSize,
): Promise<StepMeasurement> {
  const parameters = parametersOf(size.width);
  const weights = startValues(parameters);
  const accumulate = accumulateProgram(parameters, weights.length, size.side);
  const programs: TrainingPrograms = {
    accumulate,
    apply: applyProgram(weights.length),
    evaluate: accumulate,
    variables: variables(weights.length),
    gradients: ['gradient'],
    statistics: [],
  };
  const batch = trialBatch(size);
  const rates: Readonly<Record<string, Feed>> = {
    learningRate: Float32Array.of(0.05),
    momentum: Float32Array.of(0.9),
    gradientScale: Float32Array.of(1 / (lossScale * size.batchSize)),
  };
  const session = await engine.load(programs);
  try {
    session.write('weights', weights);
    const step = async (): Promise<number> => {
      const { loss } = await session.run('accumulate', batch);
      await session.run('apply', rates);
      return (loss?.[0] ?? Number.NaN) / size.batchSize;
    };
    for (let done = 0; done < warmUpSteps; done += 1) await step();
    const begin = nowSeconds();
    let loss = Number.NaN;
    let elapsed = 0;
    let timed = 0;
    do {
      const now = await step();
      timed += 1;
      if (warmUpSteps + timed <= size.steps) loss = now;
      elapsed = nowSeconds() - begin;
    } while (warmUpSteps + timed < size.steps || elapsed < size.seconds);
    return { imagesPerSecond: (timed * size.batchSize) / elapsed, loss };
  } finally {
    session.dispose();
  }
}
