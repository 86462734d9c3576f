import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import { elements } from '../../program/geometry.js';
import { fewestPartImages, sideBySide } from '../../program/side-by-side.js';
import type { TrainingPrograms, VariableSpec } from '../../program/types.js';
import { type Feed, OutOfMemoryError, type ProgramName, type Session } from '../engine.js';
import { checkFeeds } from '../feeds.js';
import { namedPrograms } from '../named-programs.js';
import type { NativeBinding } from './binding.js';
import { DividedProgram, type FedTensor } from './divided.js';
import { type EmittedProgram, emitProgram } from './emit-program.js';
import { type DataTypeName, dataTypes, type GraphNode, savedModel } from './graph.js';
import { GraphBuilder, type Value } from './graph-builder.js';

interface Variable {
  readonly handle: Value;
  readonly shape: readonly number[];
  /** Placeholder to feed, node to fetch when setting; node to fetch when reading. */
  readonly source: string;
  readonly assigned: string;
  readonly current: string;
}

interface Network {
  readonly nodes: readonly GraphNode[];
  readonly variables: ReadonlyMap<string, Variable>;
  readonly programs: ReadonlyMap<ProgramName, EmittedProgram>;
  /** Those that divide their batch. */
  readonly divided: ReadonlyMap<ProgramName, DividedProgram>;
}

function declareVariable(graph: GraphBuilder, { name, shape }: VariableSpec): Variable {
  const place = `variable/${name}`;
  const dtype = { type: 'float32' } as const;
  const names = { source: `${place}/source`, assigned: `${place}/assigned`, current: `${place}/current` };
  const handle = graph.add(
    'VarHandleOp',
    [],
    { dtype, shape: { shape }, shared_name: { string: name }, container: { string: '' } },
    'resource',
    { name: `${place}/handle` },
  );
  const source = graph.add('Placeholder', [], { dtype, shape: { shape } }, 'float32', { name: names.source });
  // A fed tensor may lie in JavaScript's memory, and an assignment keeps the tensor that it is given.
  const copy = graph.add('DeepCopy', [source], { T: dtype }, 'float32');
  const attributes = { dtype, validate_shape: { bool: true } };
  const assign = graph.add('AssignVariableOp', [handle, copy], attributes, 'float32');
  const done = { tensor: Float32Array.of(0), shape: [] };
  graph.add('Const', [], { dtype, value: done }, 'float32', { name: names.assigned, control: [assign.node] });
  graph.add('ReadVariableOp', [handle], { dtype }, 'float32', { name: names.current });
  return { handle, shape, ...names };
}

/**
 * Images that a part must have at least; null for programs that a division would change: `recalibrate` would move the statistics several times. What is
 * classified does not depend on others, and a last, smaller batch should not wait for the compilation of another program.
 */
function fewestImagesOf(name: ProgramName): number | null {
  if (/^accumulate(?:\.|$)/.test(name)) return fewestPartImages;
  return /^evaluate(?:\.|$)/.test(name) ? 1 : null;
}

/** One graph with all programs, since sessions do not share variables. */
function writeNetwork(programs: TrainingPrograms, imageType: DataTypeName, parts: number): Network {
  const graph = new GraphBuilder();
  const variables = new Map(programs.variables.map((spec) => [spec.name, declareVariable(graph, spec)]));
  const target = { graph, imageType, variables };
  const emitted = new Map<ProgramName, EmittedProgram>();
  const divided = new Map<ProgramName, DividedProgram>();
  for (const [name, program] of namedPrograms(programs)) {
    emitted.set(name, emitProgram(name, program, target));
    const fewestImages = fewestImagesOf(name);
    if (parts === 1 || fewestImages === null) continue;
    const inParts = emitProgram(`${name}/parts`, sideBySide(program, programs.variables, parts), target);
    divided.set(name, new DividedProgram(program, inParts, parts, fewestImages));
  }
  return { nodes: graph.nodes, variables, programs: emitted, divided };
}

/** The addon loads graphs from folders only; it does not need the folder afterwards. */
function load(binding: NativeBinding, nodes: readonly GraphNode[]): number {
  const directory = mkdtempSync(join(tmpdir(), 'hyperbudget-graph-'));
  try {
    writeFileSync(join(directory, 'saved_model.pb'), savedModel(nodes));
    return binding.loadSavedModel(directory, 'serve,');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function isOutOfMemory(error: unknown): boolean {
  return /OOM when allocating|ResourceExhausted|Resource exhausted|failed to allocate|out of memory/i.test(
    messageOf(error),
  );
}

/** A network's variables and programs in one TensorFlow session: a run of a program is one call. */
export class NativeSession implements Session {
  private readonly network: Network;
  private readonly id: number;
  private open = true;

  /**
   * @param imageType what images are held in; weights and statistics are float32 in any case.
   * @param parts of a batch that are computed side by side, where it is large enough; default: it is computed as a whole.
   */
  constructor(
    private readonly binding: NativeBinding,
    programs: TrainingPrograms,
    imageType: DataTypeName,
    parts = 1,
  ) {
    this.network = writeNetwork(programs, imageType, parts);
    this.id = load(binding, this.network.nodes);
    try {
      for (const { name, shape } of programs.variables) this.write(name, new Float32Array(elements(shape)));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  async run(name: ProgramName, feeds: Readonly<Record<string, Feed>>): Promise<Readonly<Record<string, Float32Array>>> {
    const emitted = this.network.programs.get(name);
    if (emitted === undefined) throw new Error(`engine: no program ${name}`);
    const { program, feeds: placeholders, fetches } = emitted;
    // TensorFlow does not compare what is fed with the placeholder's shape.
    const shapes = checkFeeds(program, feeds);
    const divided = this.network.divided.get(name);
    if (divided?.takes(shapes)) return divided.united(this.call(divided.fed(feeds, shapes), divided.fetches));
    const fed = [...placeholders].map(([key, placeholder]) => {
      const data = feeds[key];
      const shape = shapes.get(key);
      if (data === undefined || shape === undefined) throw new Error(`program ${name}: nothing fed for ${key}`);
      return { placeholder, shape, data };
    });
    const results = this.call(fed, [...fetches.values()]);
    const keyed = [...fetches.keys()].map((key, index) => [key, results[index] ?? new Float32Array()] as const);
    return Object.fromEntries(keyed.filter(([key]) => key !== ''));
  }

  async read(variable: string): Promise<Float32Array> {
    const { current } = this.variable(variable);
    const [values] = this.call([], [current]);
    if (values === undefined) throw new Error(`native engine: variable ${variable} gave no values`);
    return values;
  }

  write(variable: string, values: Float32Array): void {
    const { source, assigned, shape } = this.variable(variable);
    if (values.length !== elements(shape)) {
      throw new Error(`variable ${variable}: expected ${elements(shape)} values, got ${values.length}`);
    }
    this.call([{ placeholder: source, shape, data: values }], [assigned]);
  }

  dispose(): void {
    if (this.open) this.binding.deleteSavedModel(this.id);
    this.open = false;
  }

  private variable(name: string): Variable {
    const variable = this.network.variables.get(name);
    if (variable === undefined) throw new Error(`engine: no variable ${name}`);
    return variable;
  }

  private call(feeds: readonly FedTensor[], fetches: readonly string[]): readonly Float32Array[] {
    const { binding } = this;
    if (!this.open) throw new Error('native engine: the session is closed');
    const inputs: number[] = [];
    const outputs: number[] = [];
    try {
      for (const { shape, data } of feeds) {
        const type = data instanceof Uint8Array ? dataTypes.uint8 : dataTypes.float32;
        inputs.push(binding.createTensor(shape, type, data));
      }
      const names = feeds.map(({ placeholder }) => placeholder).join(',');
      outputs.push(...binding.runSavedModel(this.id, inputs, names, fetches.join(',')).map(({ id }) => id));
      return outputs.map((id) => binding.tensorDataSync(id));
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      throw new OutOfMemoryError(messageOf(error), { cause: error });
    } finally {
      for (const id of [...inputs, ...outputs]) binding.deleteTensor(id);
    }
  }
}
