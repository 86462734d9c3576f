import {
  add,
  getBackend,
  mul,
  reshape,
  setBackend,
  sub,
  type Tensor,
  tensor,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { messageOf } from '../../errors.js';
import { elements } from '../../program/geometry.js';
import type { Operation } from '../../program/operation.js';
import { planProgram } from '../../program/plan.js';
import type { Node, Program, TrainingPrograms, ValueRef } from '../../program/types.js';
import { type Feed, OutOfMemoryError, type ProgramName, type Session } from '../engine.js';
import { checkFeeds } from '../feeds.js';
import { namedPrograms } from '../named-programs.js';
import type { Compute } from './operations.js';
import { nth } from './shapes.js';

/** A value while a program runs; pixels stay as they were fed until they are cast. */
type Value = Tensor | { readonly pixels: Uint8Array; readonly shape: readonly number[] };

interface Loaded {
  readonly program: Program;
  readonly diesAfter: readonly (readonly ValueRef[])[];
}

function isOutOfMemory(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof OutOfMemoryError) return true;
  return /memory access out of bounds|out of memory|allocation failed|OOM|ResourceExhausted/i.test(messageOf(error));
}

/** A backend of tfjs as a session needs it. */
export interface Kernels {
  /** Its name in tfjs's registry; it has been started. */
  readonly backend: string;
  readonly compute: Compute;
  /**
   * Called after every run and every read.
   * @param failed whether it ended with an exception: then the device may have more to tell, which has to be waited for.
   * @throws what went wrong without an exception, once: the results so far are worth nothing.
   */
  readonly settle?: (failed: boolean) => Promise<void>;
  /** Called after a session has given its tensors back. */
  readonly released?: () => void;
}

/** Makes the backend the current one of tfjs, which has one for the whole process; takes effect at once for a backend that has been started. */
function use(backend: string): void {
  if (getBackend() !== backend) void setBackend(backend);
}

function tensorOf(value: Value): Tensor {
  if ('pixels' in value) throw new Error('engine: only a cast may use uint8 values');
  return value;
}

/** Runs programs node by node on tfjs tensors; a tensor is freed after its last use. */
export class KernelSession implements Session {
  private readonly loaded: ReadonlyMap<ProgramName, Loaded>;
  private readonly variables = new Map<string, Tensor>();

  constructor(
    programs: TrainingPrograms,
    private readonly kernels: Kernels,
  ) {
    use(kernels.backend);
    const loaded = new Map<ProgramName, Loaded>();
    for (const [name, program] of namedPrograms(programs)) {
      loaded.set(name, { program, diesAfter: planProgram(program).diesAfter });
    }
    this.loaded = loaded;
    for (const { name, shape } of programs.variables) {
      this.variables.set(name, tensor(new Float32Array(elements(shape)), [...shape]));
    }
  }

  async run(name: ProgramName, feeds: Readonly<Record<string, Feed>>): Promise<Readonly<Record<string, Float32Array>>> {
    const loaded = this.loaded.get(name);
    if (loaded === undefined) throw new Error(`engine: no program ${name}`);
    const { program, diesAfter } = loaded;
    const shapes = checkFeeds(program, feeds);
    use(this.kernels.backend);
    const values: (Value | undefined)[][] = [];
    try {
      for (const node of program.nodes) {
        values.push(this.execute(node, values, feeds, shapes));
        for (const { node: owner, output } of diesAfter[node.id] ?? []) {
          const outputs = values[owner] ?? [];
          const value = outputs[output];
          if (value !== undefined && !('pixels' in value)) value.dispose();
          outputs[output] = undefined;
        }
      }
      const fetch = async ([key, ref]: [string, ValueRef]) =>
        [key, await this.fetch(this.valueOf(values, ref))] as const;
      const results = await Promise.all(Object.entries(program.outputs).map(fetch));
      await this.kernels.settle?.(false);
      return Object.fromEntries(results);
    } catch (error) {
      throw await this.explain(`program ${name}`, error);
    } finally {
      for (const value of values.flat()) if (value !== undefined && !('pixels' in value)) value.dispose();
    }
  }

  async read(variable: string): Promise<Float32Array> {
    use(this.kernels.backend);
    const value = this.variable(variable);
    // A tensor of its own keeps the values when the variable is replaced meanwhile.
    const kept = reshape(value, value.shape);
    try {
      const values = await this.fetch(kept);
      await this.kernels.settle?.(false);
      return values;
    } catch (error) {
      throw await this.explain(`variable ${variable}`, error);
    } finally {
      kept.dispose();
    }
  }

  write(variable: string, values: Float32Array): void {
    const old = this.variable(variable);
    if (values.length !== old.size) {
      throw new Error(`variable ${variable}: expected ${old.size} values, got ${values.length}`);
    }
    use(this.kernels.backend);
    // A copy: some backends keep the array they are given.
    this.replace(variable, tensor(values.slice(), old.shape));
  }

  dispose(): void {
    for (const tensor of this.variables.values()) tensor.dispose();
    this.variables.clear();
    this.kernels.released?.();
  }

  /** A failure in words. What the device has noted explains the exception that came of it, and is no fault of the next session's. */
  private async explain(what: string, error: unknown): Promise<unknown> {
    let fault = error;
    try {
      await this.kernels.settle?.(true);
    } catch (noted) {
      fault = noted;
    }
    const memory = [fault, error].find(isOutOfMemory);
    if (memory !== undefined) {
      return new OutOfMemoryError(`${what}: the engine has no memory left: ${messageOf(memory)}`, { cause: error });
    }
    return fault === error ? error : new Error(`${what}: ${messageOf(fault)}`, { cause: error });
  }

  private async fetch(value: Tensor): Promise<Float32Array> {
    // A copy: some backends keep what they give.
    return (await value.data<'float32'>()).slice();
  }

  private variable(name: string): Tensor {
    const value = this.variables.get(name);
    if (value === undefined) throw new Error(`engine: no variable ${name}`);
    return value;
  }

  private replace(name: string, value: Tensor): void {
    this.variable(name).dispose();
    this.variables.set(name, value);
  }

  private valueOf(values: readonly (readonly (Value | undefined)[])[], { node, output }: ValueRef): Tensor {
    const value = values[node]?.[output];
    if (value === undefined) throw new Error(`engine: output ${output} of node ${node} is gone`);
    return tensorOf(value);
  }

  private execute(
    node: Node,
    values: readonly (readonly (Value | undefined)[])[],
    feeds: Readonly<Record<string, Feed>>,
    shapes: ReadonlyMap<string, readonly number[]>,
  ): (Value | undefined)[] {
    const { operation } = node;
    switch (operation.kind) {
      case 'input': {
        const feed = feeds[operation.name];
        const shape = shapes.get(operation.name) ?? [];
        if (feed instanceof Uint8Array) return [{ pixels: feed, shape }];
        return feed === undefined ? [] : [tensor(feed.slice(), [...shape])];
      }
      case 'constant':
        return [tensor(Float32Array.from(operation.values))];
      case 'cast': {
        const { node: owner, output } = nth(node.inputs, 0);
        const value = values[owner]?.[output];
        if (value === undefined || !('pixels' in value)) throw new Error('engine: a cast takes uint8 values');
        return [tensor(new Float32Array(value.pixels), [...value.shape])];
      }
      default: {
        const inputs = node.inputs.map((ref) => this.valueOf(values, ref));
        return this.touchVariable(operation, inputs) ?? [...tidy(() => [...this.computed(operation, inputs)])];
      }
    }
  }

  private computed(operation: Operation, inputs: readonly Tensor[]): readonly Tensor[] {
    return this.kernels.compute(operation as Parameters<Compute>[0], inputs);
  }

  /** Updates make new tensors, so that a value read before keeps what it was. Undefined: the operation has nothing to do with variables. */
  private touchVariable(operation: Operation, inputs: readonly Tensor[]): Value[] | undefined {
    switch (operation.kind) {
      case 'readVariable': {
        const value = this.variable(operation.variable);
        return [reshape(value, value.shape)];
      }
      case 'assignVariable':
        this.replace(operation.variable, reshape(nth(inputs, 0), this.variable(operation.variable).shape));
        return [];
      case 'assignAdd':
        this.replace(operation.variable, add(this.variable(operation.variable), nth(inputs, 0)));
        return [];
      case 'addScaled': {
        const variable = this.variable(operation.variable);
        this.replace(
          operation.variable,
          tidy(() => add(variable, mul(nth(inputs, 0), nth(inputs, 1)))),
        );
        return [];
      }
      case 'clearVariable':
        this.replace(operation.variable, zerosLike(this.variable(operation.variable)));
        return [];
      case 'applyNesterov': {
        const [gradient, learningRate, momentum] = [nth(inputs, 0), nth(inputs, 1), nth(inputs, 2)];
        const [variable, slot] = [this.variable(operation.variable), this.variable(operation.slot)];
        const [moved, velocity] = tidy(() => {
          const next = add(mul(slot, momentum), gradient);
          const step = mul(add(gradient, mul(next, momentum)), learningRate);
          return [sub(variable, step), next] as [Tensor, Tensor];
        });
        this.replace(operation.variable, moved);
        this.replace(operation.slot, velocity);
        return [];
      }
      default:
        return undefined;
    }
  }
}
