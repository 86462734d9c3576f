import { hasBatch, partName } from '../../program/side-by-side.js';
import type { Program, TensorType } from '../../program/types.js';
import type { Feed } from '../engine.js';
import type { EmittedProgram } from './emit-program.js';

/** A tensor for one of the graph's placeholders. */
export interface FedTensor {
  readonly placeholder: string;
  readonly shape: readonly number[];
  readonly data: Feed;
}

/** A program on a batch whose parts are computed side by side. */
export class DividedProgram {
  /**
   * @param program for the whole batch; of its outputs those without a batch are sums over it.
   * @param emitted what `sideBySide` makes of it.
   * @param fewestImages in a part; smaller batches are left whole.
   */
  constructor(
    private readonly program: Program,
    private readonly emitted: EmittedProgram,
    private readonly parts: number,
    private readonly fewestImages: number,
  ) {}

  /** Whether a batch has images enough. @param shapes of the feeds by name. */
  takes(shapes: ReadonlyMap<string, readonly number[]>): boolean {
    return this.batchOf(shapes) >= this.parts * this.fewestImages;
  }

  /** @param shapes of the feeds by name. */
  fed(feeds: Readonly<Record<string, Feed>>, shapes: ReadonlyMap<string, readonly number[]>): readonly FedTensor[] {
    const batch = this.batchOf(shapes);
    const bounds = Array.from({ length: this.parts + 1 }, (_, part) => Math.floor((part * batch) / this.parts));
    return Object.entries(this.program.inputs).flatMap(([name, type]): readonly FedTensor[] => {
      const [data, shape] = [feeds[name], shapes.get(name)];
      if (data === undefined || shape === undefined)
        throw new Error(`program ${this.program.name}: nothing fed for ${name}`);
      if (!hasBatch(type)) return [{ placeholder: this.placeholder(name), shape, data }];
      const row = data.length / batch;
      return bounds.slice(1).map((end, part) => {
        const begin = bounds[part] ?? 0;
        const placeholder = this.placeholder(partName(name, part));
        return { placeholder, shape: [end - begin, ...shape.slice(1)], data: data.subarray(begin * row, end * row) };
      });
    });
  }

  get fetches(): readonly string[] {
    return [...this.emitted.fetches.values()];
  }

  /** @param results in the order of `fetches`. */
  united(results: readonly Float32Array[]): Readonly<Record<string, Float32Array>> {
    const byName = new Map([...this.emitted.fetches.keys()].map((name, index) => [name, results[index]]));
    return Object.fromEntries(
      Object.entries(this.program.outputs).map(([name, { node, output }]) => {
        const own = Array.from(
          { length: this.parts },
          (_, part) => byName.get(partName(name, part)) ?? new Float32Array(),
        );
        return [name, unite(own, this.program.nodes[node]?.outputs[output])];
      }),
    );
  }

  private batchOf(shapes: ReadonlyMap<string, readonly number[]>): number {
    const name = Object.entries(this.program.inputs).find(([, type]) => hasBatch(type))?.[0] ?? '';
    return shapes.get(name)?.[0] ?? 0;
  }

  private placeholder(name: string): string {
    const placeholder = this.emitted.feeds.get(name);
    if (placeholder === undefined) throw new Error(`native engine: no placeholder for ${name}`);
    return placeholder;
  }
}

/** One after the other where each is of its own images, else their sum. */
function unite(parts: readonly Float32Array[], type: TensorType | undefined): Float32Array {
  const [first = new Float32Array()] = parts;
  if (type === undefined || !hasBatch(type)) {
    return first.map((_, index) => parts.reduce((sum, values) => sum + (values[index] ?? 0), 0));
  }
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const values of parts) {
    all.set(values, offset);
    offset += values.length;
  }
  return all;
}
