import seedrandom from 'seedrandom';
import { shuffle } from './random.js';
import type { Dataset } from './types.js';

/** Indexes by label, each class in an order of its own drawn from the seed. */
function shuffledClasses(labels: ArrayLike<number>, seed: string): Map<number, Int32Array> {
  const classes = new Map<number, number[]>();
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index] ?? -1;
    const members = classes.get(label);
    if (members === undefined) classes.set(label, [index]);
    else members.push(index);
  }
  const shuffled = new Map<number, Int32Array>();
  for (const [label, members] of classes) {
    shuffled.set(label, shuffle(Int32Array.from(members), seedrandom.alea(`${seed}:class:${label}`)));
  }
  return shuffled;
}

/** Takes `count(size)` members of each class; ascending. */
function take(labels: ArrayLike<number>, seed: string, count: (size: number) => number): Int32Array {
  const taken: number[] = [];
  for (const members of shuffledClasses(labels, seed).values()) {
    for (const index of members.subarray(0, count(members.length))) taken.push(index);
  }
  return Int32Array.from(taken).sort();
}

/**
 * A stratified part of a split: the same fraction of each class, rounded, at least one image of each. For one seed the parts are nested: a
 * smaller fraction's images are among every larger one's.
 *
 * @param fraction in (0, 1]
 * @returns indexes into `labels`, ascending
 */
export function subsetIndices(labels: Int32Array, fraction: number, seed: string): Int32Array {
  if (!(fraction > 0 && fraction <= 1)) throw new RangeError(`subset fraction: expected (0, 1], got ${fraction}`);
  return take(labels, `${seed}:subset`, (size) => Math.max(1, Math.round(fraction * size)));
}

/**
 * Every index in an order whose every beginning is stratified: of each class as large a part as of the others, as far as its size allows.
 *
 * @returns indexes into `labels`
 */
export function stratifiedOrder(labels: ArrayLike<number>, seed: string): Int32Array {
  const random = seedrandom.alea(`${seed}:order`);
  const placed = [...shuffledClasses(labels, `${seed}:order`).values()].flatMap((members) => {
    // Else the order would begin with an image of each class, however small that is.
    const offset = random();
    return Array.from(members, (index, place) => ({ index, place: (place + offset) / members.length }));
  });
  return Int32Array.from(
    placed.sort((a, b) => a.place - b.place),
    ({ index }) => index,
  );
}

/**
 * A data set with a part of its training images: the same of each class, and for every call the same.
 *
 * @param part in (0, 1]
 */
export function partOfTraining(dataset: Dataset, part: number): Dataset {
  if (part === 1) return dataset;
  const labels = Int32Array.from(dataset.train, ({ label }) => label);
  const train = [...subsetIndices(labels, part, 'part')].flatMap((index) => dataset.train[index] ?? []);
  return { ...dataset, train };
}

/** Fewer classes leave nothing to tell apart. */
const fewestClasses = 2;

/**
 * A part of the classes, rounded, at least two: for one seed the parts are nested.
 *
 * @param fraction in (0, 1]
 */
export function classSubset(classes: number, fraction: number, seed: string): ReadonlySet<number> {
  if (!(fraction > 0 && fraction <= 1)) throw new RangeError(`class fraction: expected (0, 1], got ${fraction}`);
  const order = Int32Array.from({ length: classes }, (_, label) => label);
  shuffle(order, seedrandom.alea(`${seed}:classes`));
  return new Set(order.subarray(0, Math.max(fewestClasses, Math.round(fraction * classes))));
}

/**
 * Another stratified part of the images in each pass: the same fraction of each class, rounded, at least one image of each. Passes go round the
 * images of a class, so that all are seen equally often.
 */
export class PassSubsets {
  private readonly members: readonly Int32Array[];
  /** By index, where the image stands in the order of its class, and how many images that has. */
  private readonly places: Int32Array;
  private readonly classSizes: Int32Array;
  /** Images of one pass. */
  readonly size: number;

  /** @param fraction in (0, 1] */
  constructor(
    labels: ArrayLike<number>,
    private readonly fraction: number,
    seed: string,
  ) {
    this.members = [...shuffledClasses(labels, `${seed}:passes`).values()];
    this.places = new Int32Array(labels.length);
    this.classSizes = new Int32Array(labels.length);
    for (const members of this.members) {
      for (const [place, index] of members.entries()) {
        this.places[index] = place;
        this.classSizes[index] = members.length;
      }
    }
    this.size = this.members.reduce((sum, { length }) => sum + this.taken(length), 0);
  }

  /** Indexes into the labels, in no order that matters. */
  of(pass: number): Int32Array {
    const indices = new Int32Array(this.size);
    let place = 0;
    for (const members of this.members) {
      const count = this.taken(members.length);
      for (let next = 0; next < count; next++) {
        indices[place] = members[(pass * count + next) % members.length] ?? 0;
        place++;
      }
    }
    return indices;
  }

  /** How many passes before that one show an image. @param index into the labels. */
  shownBefore(index: number, pass: number): number {
    const size = this.classSizes[index] ?? 1;
    return Math.ceil(Math.max(0, pass * this.taken(size) - (this.places[index] ?? 0)) / size);
  }

  private taken(size: number): number {
    return Math.max(1, Math.round(this.fraction * size));
  }
}

/**
 * The images to hold out of a training split: 10 % of each class, rounded, at least one where the class has two or more; a class of one image
 * keeps it.
 *
 * @returns indexes into `labels`, ascending
 */
export function holdOutIndices(labels: ArrayLike<number>, seed: string): Int32Array {
  return take(labels, `${seed}:holdout`, (size) => (size < 2 ? 0 : Math.max(1, Math.round(0.1 * size))));
}
