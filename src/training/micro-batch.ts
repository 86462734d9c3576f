/** A run blocks its thread: one that takes longer than this keeps a stop or a heartbeat waiting. */
export const longestRunSeconds = 2;

/** One run may be slow for what else the machine does; a cut lasts, and batch statistics become those of fewer images. */
const slowRunsInARow = 2;

/** How many images a run of a training program holds: as many as memory allows, fewer where such runs turn out to take too long. */
export class MicroBatch {
  /** Sides and numbers of images of the runs so far: the first of its kind compiles and allocates. */
  private readonly warm = new Set<string>();
  /** The last runs, one after the other, that took too long. */
  private slowRuns = 0;

  /** @param most images a run may hold, at least 1. */
  constructor(private most: number) {}

  /** Most images of a run of the batches that are cut from now on. */
  get mostImages(): number {
    return this.most;
  }

  /** The parts `[begin, end)` of a batch of `count` images, one a run: as few as may be, and as equal. What is seen of the first ones changes none of the others. */
  *parts(count: number): Generator<readonly [number, number]> {
    const runs = Math.ceil(count / this.most);
    for (let run = 0; run < runs; run++) {
      yield [Math.floor((run * count) / runs), Math.floor(((run + 1) * count) / runs)];
    }
  }

  /** A run of this kind has been made: from now on its seconds count. @param side of its images in pixels. */
  warmed(side: number, images: number): void {
    this.warm.add(kindOf(side, images));
  }

  /**
   * Hears of a run of `images` images.
   * @returns the most images that a run of the next batches holds, where this one was one too many that took too long; otherwise null.
   */
  sawRun(side: number, images: number, seconds: number): number | null {
    const kind = kindOf(side, images);
    if (!this.warm.has(kind)) {
      this.warm.add(kind);
      return null;
    }
    this.slowRuns = seconds > longestRunSeconds ? this.slowRuns + 1 : 0;
    if (this.slowRuns < slowRunsInARow) return null;
    this.slowRuns = 0;
    const half = Math.ceil(images / 2);
    if (half >= this.most) return null;
    this.most = half;
    return half;
  }
}

function kindOf(side: number, images: number): string {
  return `${images} at ${side}`;
}
