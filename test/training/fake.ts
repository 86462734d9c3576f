import type { BatchPosition } from '../../src/data/batches.js';
import type { Engine, Feed, ProgramName, Session } from '../../src/engine/engine.js';
import type { Program, TrainingPrograms } from '../../src/program/types.js';
import type { Batch, BatchSource, ReplicaParts } from '../../src/training/replica.js';

/** Images of the fake network: four bytes, the class is the largest of the first `classes`. */
export const imageBytes = 4;
export const classes = 2;

const program = (name: string): Program => ({ name, nodes: [], inputs: {}, outputs: {} });

export const fakePrograms: TrainingPrograms = {
  accumulate: program('accumulate'),
  apply: program('apply'),
  evaluate: program('evaluate'),
  variables: [
    { name: 'weights', shape: [imageBytes, classes] },
    { name: 'slot', shape: [imageBytes, classes] },
    { name: 'average', shape: [imageBytes, classes] },
    { name: 'gradient', shape: [imageBytes, classes] },
    { name: 'mean', shape: [1] },
  ],
  gradients: ['gradient'],
  statistics: ['mean'],
};

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? 0;

/** A linear softmax classifier with momentum and an average, in plain loops: what an engine does, small enough to follow. */
export class FakeSession implements Session {
  readonly runs: ProgramName[] = [];
  disposed = false;
  private readonly variables = new Map(
    fakePrograms.variables.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );

  /**
   * @param onRun called before every run, to move a clock or to fail.
   * @param largestGradient gradients beyond it count as not finite.
   */
  constructor(
    private readonly onRun: (program: ProgramName, images: number) => void = () => undefined,
    private readonly largestGradient = Number.MAX_VALUE,
  ) {}

  async run(name: ProgramName, feeds: Readonly<Record<string, Feed>>): Promise<Readonly<Record<string, Float32Array>>> {
    const images = feeds['images'] ?? new Uint8Array();
    this.onRun(name, images.length / imageBytes);
    this.runs.push(name);
    if (name === 'evaluate') return { logits: this.logits('average', images) };
    if (name === 'apply') return this.apply(feeds);
    const targets = feeds['targets'] ?? new Float32Array();
    const logits = this.logits('weights', images);
    const gradient = this.variable('gradient');
    const lossScale = at(feeds['lossScale'] ?? [], 0);
    let loss = 0;
    for (let image = 0; image * imageBytes < images.length; image++) {
      const row = logits.subarray(image * classes, (image + 1) * classes);
      const sum = row.reduce((total, value) => total + Math.exp(value), 0);
      for (let c = 0; c < classes; c++) {
        const probability = Math.exp(at(row, c)) / sum;
        const target = at(targets, image * classes + c);
        loss -= target * Math.log(probability);
        for (let pixel = 0; pixel < imageBytes; pixel++) {
          const index = pixel * classes + c;
          gradient[index] =
            at(gradient, index) + (lossScale * (probability - target) * at(images, image * imageBytes + pixel)) / 255;
        }
      }
    }
    this.variable('mean').set([at(images, 0)]);
    return { loss: Float32Array.of(loss) };
  }

  private apply(feeds: Readonly<Record<string, Feed>>): Record<string, Float32Array> {
    const scalar = (name: string): number => at(feeds[name] ?? [], 0);
    const [weights, slot, average, gradient] = ['weights', 'slot', 'average', 'gradient'].map((name) =>
      this.variable(name),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    if (!gradient.every((value) => Math.abs(value) <= this.largestGradient)) {
      gradient.fill(0);
      return { finite: Float32Array.of(0) };
    }
    for (const index of weights.keys()) {
      const g = at(gradient, index) * scalar('gradientScale') + scalar('weightDecay') * at(weights, index);
      slot[index] = scalar('momentum') * at(slot, index) + g;
      weights[index] = at(weights, index) - scalar('learningRate') * (g + scalar('momentum') * at(slot, index));
      average[index] = at(average, index) + scalar('averageRate') * (at(weights, index) - at(average, index));
    }
    gradient.fill(0);
    return { finite: Float32Array.of(1) };
  }

  private logits(variable: string, images: Feed): Float32Array {
    const weights = this.variable(variable);
    const logits = new Float32Array((images.length / imageBytes) * classes);
    for (const index of logits.keys()) {
      const [image, c] = [Math.floor(index / classes), index % classes];
      for (let pixel = 0; pixel < imageBytes; pixel++) {
        logits[index] =
          at(logits, index) + (at(images, image * imageBytes + pixel) / 255) * at(weights, pixel * classes + c);
      }
    }
    return logits;
  }

  private variable(name: string): Float32Array {
    const values = this.variables.get(name);
    if (values === undefined) throw new Error(`no variable ${name}`);
    return values;
  }

  async read(name: string): Promise<Float32Array> {
    return this.variable(name).slice();
  }

  write(name: string, values: Float32Array): void {
    if (values.length !== this.variable(name).length) throw new Error(`${name}: wrong length ${values.length}`);
    this.variable(name).set(values);
  }

  dispose(): void {
    this.disposed = true;
  }
}

export const fakeEngine = (onRun?: (program: ProgramName, images: number) => void): Engine => ({
  name: 'fake',
  description: 'a test engine',
  precision: 'f32',
  parallel: false,
  exclusive: false,
  load: async () => new FakeSession(onRun),
});

/** Deterministic images: image i of class i % 2 is bright in its class's pixel; a part is a contiguous piece of every batch. */
export class FakeBatches implements BatchSource {
  private position = 0;

  constructor(
    private readonly batchSize: number,
    private readonly part = { index: 0, count: 1 },
  ) {}

  next(_side?: number): Batch {
    const { index, count: parts } = this.part;
    const begin = this.position + Math.floor((index * this.batchSize) / parts);
    const end = this.position + Math.floor(((index + 1) * this.batchSize) / parts);
    this.position += this.batchSize;
    const images = new Uint8Array((end - begin) * imageBytes);
    const labels = new Int32Array(end - begin);
    for (let image = begin; image < end; image++) {
      labels[image - begin] = image % classes;
      images[(image - begin) * imageBytes + (image % classes)] = 200 + (image % 50);
      images[(image - begin) * imageBytes + 2] = (image * 37) % 256;
    }
    return { images, labels, mixed: null, count: end - begin };
  }

  state(): BatchPosition {
    return { epoch: 0, position: this.position };
  }

  restore({ position }: BatchPosition): void {
    this.position = position;
  }
}

export function oneHot(labels: Int32Array): Float32Array {
  const targets = new Float32Array(labels.length * classes);
  for (const [row, label] of labels.entries()) targets[row * classes + label] = 1;
  return targets;
}

/** A replica's parts over the fake session; the clock stands still unless given. */
export function fakeParts(parts: Partial<ReplicaParts> = {}): ReplicaParts {
  return {
    session: new FakeSession(),
    precision: 'f32',
    programs: fakePrograms,
    batches: new FakeBatches(8),
    targets: oneHot,
    sides: [1],
    partSize: 8,
    classes,
    maxImages: 1000,
    now: () => 0,
    tell: () => undefined,
    ...parts,
  };
}
