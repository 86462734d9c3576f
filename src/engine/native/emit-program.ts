import { writtenVariables } from '../../program/builder.js';
import type { Node, Program, TensorType, ValueRef } from '../../program/types.js';
import type { Emission } from './emission.js';
import { type EmittedOperation, emitOperation } from './emit-operation.js';
import type { DataTypeName } from './graph.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { isPart, PartEmitter } from './parts.js';
import { keyOf } from './pieces.js';

/** Where one program is found in a session's graph. */
export interface EmittedProgram {
  readonly program: Program;
  /** Placeholders by the names of the program's inputs. */
  readonly feeds: ReadonlyMap<string, string>;
  /** Nodes to fetch by the names of the program's outputs; a program without outputs has one under the empty name. */
  readonly fetches: ReadonlyMap<string, string>;
}

export interface EmissionTarget {
  readonly graph: GraphBuilder;
  /** The type that images are held in. */
  readonly imageType: DataTypeName;
  /** Handles and shapes of the session's variables. */
  readonly variables: ReadonlyMap<string, { readonly handle: Value; readonly shape: readonly number[] }>;
}

/**
 * Writes one program into a TensorFlow graph. Images (the tensors between convolutions) are held in the target's image type, everything else in float32;
 * a value that is wanted in the other type is cast once. Parts and other shapes of a value are made from the cast value: so the flat vector of
 * all weights takes one cast and one split instead of one for each filter.
 */
class ProgramEmitter {
  /** For each value of the program its forms by type; but for parts, the first is the one it was computed in. */
  private readonly forms = new Map<string, Map<DataTypeName, Value>>();
  private readonly parts: PartEmitter;
  /** For each node of the program, what must have run once it has. */
  private readonly lastOf = new Map<number, string>();
  private readonly feeds = new Map<string, string>();
  private control: readonly string[] = [];
  private last: string | null = null;

  constructor(
    private readonly name: string,
    private readonly program: Program,
    private readonly target: EmissionTarget,
  ) {
    this.parts = new PartEmitter(program, target.graph);
  }

  emit(): EmittedProgram {
    for (const node of this.program.nodes) this.visit(node);
    return { program: this.program, feeds: this.feeds, fetches: this.fetches() };
  }

  /** All updates have been made when the first of these has its value. */
  private fetches(): ReadonlyMap<string, string> {
    const { graph } = this.target;
    const { nodes, outputs } = this.program;
    const { name } = this;
    const updates = nodes.filter(({ operation }) => writtenVariables(operation).length > 0);
    const control = updates.map(({ id }) => this.anchor(id));
    const entries = Object.entries(outputs);
    if (entries.length === 0) {
      const tensor = { tensor: Float32Array.of(0), shape: [] };
      graph.add('Const', [], { dtype: { type: 'float32' }, value: tensor }, 'float32', {
        name: `${name}/done`,
        control,
      });
      return new Map([['', `${name}/done`]]);
    }
    return new Map(
      entries.map(([key, ref], index) => {
        const fetch = `${name}/output/${key}`;
        const options = { name: fetch, control: index === 0 ? control : [] };
        graph.add('Identity', [this.value(ref, 'float32')], { T: { type: 'float32' } }, 'float32', options);
        return [key, fetch];
      }),
    );
  }

  private visit(node: Node): void {
    this.control = node.after.map((id) => this.anchor(id));
    this.last = null;
    const outputs = this.compute(node);
    for (const [output, value] of outputs?.entries() ?? []) this.remember({ node: node.id, output }, value);
    if (this.last !== null) this.lastOf.set(node.id, this.last);
    else if (isPart(node)) this.passOn(node);
    this.control = [];
  }

  /** A part that nobody has asked for yet runs when what it is a part of does. */
  private passOn({ id, inputs }: Node): void {
    const source = inputs[0] === undefined ? undefined : this.lastOf.get(inputs[0].node);
    if (source !== undefined) this.lastOf.set(id, source);
  }

  private anchor(id: number): string {
    const name = this.lastOf.get(id);
    if (name === undefined) throw new Error(`native engine: program ${this.name} has no node to wait for ${id}`);
    return name;
  }

  /** Undefined: made when it is asked for. */
  private compute(node: Node): readonly Value[] | undefined {
    const { operation } = node;
    switch (operation.kind) {
      case 'input':
        return [this.placeholder(operation.name, this.typeOf({ node: node.id, output: 0 }))];
      case 'slice':
      case 'reshape':
        return undefined;
      case 'concat':
        return [this.concat(node.inputs)];
      default:
        return emitOperation(operation, this.emission(node, operation));
    }
  }

  private emission(node: Node, operation: EmittedOperation): Emission {
    const { graph, imageType, variables } = this.target;
    const ref = (index: number): ValueRef => {
      const value = node.inputs[index];
      if (value === undefined) throw new Error(`native engine: ${operation.kind} has no input ${index}`);
      return value;
    };
    const variable = (name: string) => {
      const found = variables.get(name);
      if (found === undefined) throw new Error(`native engine: no variable ${name}`);
      return found;
    };
    return {
      graph,
      imageType,
      inputs: node.inputs.map((value) => this.typeOf(value)),
      input: (index, type) => this.value(ref(index), type ?? this.naturalType(ref(index))),
      isImage: (index) => this.typeOf(ref(index)).shape.length === 4 && this.naturalType(ref(index)) === imageType,
      add: (op, inputs, attributes, type) => {
        const value = graph.add(op, inputs, attributes, type, { control: this.control });
        this.last = value.node;
        return value;
      },
      variable: (name) => variable(name).handle,
      variableShape: (name) => variable(name).shape,
      normalised: () => {
        const [mean, deviation] = [ref(3), ref(4)];
        const source = this.program.nodes[mean.node]?.operation;
        const pair = mean.node === deviation.node && mean.output === 1 && deviation.output === 3;
        if (source?.kind !== 'batchNormTrain' || !pair) {
          throw new Error('batchNormGradient: expected the mean and deviation of one batchNormTrain, got other values');
        }
        return { forward: this.value({ node: mean.node, output: 0 }, imageType), epsilon: source.epsilon };
      },
    };
  }

  private placeholder(name: string, { shape, dtype }: TensorType): Value {
    const node = `${this.name}/input/${name}`;
    this.feeds.set(name, node);
    const attributes = { dtype: { type: dtype }, shape: { shape } };
    return this.target.graph.add('Placeholder', [], attributes, dtype, { name: node });
  }

  /** Neighbours of one type are joined in it; then one cast serves them all. */
  private concat(refs: readonly ValueRef[]): Value {
    const runs: ValueRef[][] = [];
    for (const ref of refs) {
      const run = runs.at(-1);
      if (run?.[0] !== undefined && this.naturalType(run[0]) === this.naturalType(ref)) run.push(ref);
      else runs.push([ref]);
    }
    const parts = runs.map((run) => {
      const type = run[0] === undefined ? 'float32' : this.naturalType(run[0]);
      const joined = this.joined(
        run.map((ref) => this.value(ref, type)),
        type,
      );
      return this.cast(joined, 'float32');
    });
    return this.joined(parts, 'float32');
  }

  private joined(values: readonly Value[], type: DataTypeName): Value {
    const { graph } = this.target;
    const [only] = values;
    if (values.length === 1 && only !== undefined) return only;
    const attributes = { T: { type }, Tidx: { type: 'int32' }, N: { int: values.length } } as const;
    const value = graph.add('ConcatV2', [...values, graph.integer(0)], attributes, type, { control: this.control });
    this.last = value.node;
    return value;
  }

  private typeOf(ref: ValueRef): TensorType {
    const type = this.program.nodes[ref.node]?.outputs[ref.output];
    if (type === undefined) throw new Error(`native engine: node ${ref.node} has no output ${ref.output}`);
    return type;
  }

  /** The type that a value is computed in; a part has that of the whole. */
  private naturalType(ref: ValueRef): DataTypeName {
    const node = this.program.nodes[ref.node];
    const source = node?.inputs[0];
    if (node !== undefined && source !== undefined && isPart(node)) return this.naturalType(source);
    return this.computed(ref).type;
  }

  private remember(ref: ValueRef, value: Value): void {
    const forms = this.forms.get(keyOf(ref)) ?? new Map<DataTypeName, Value>();
    forms.set(value.type, value);
    this.forms.set(keyOf(ref), forms);
  }

  private cast(value: Value, type: DataTypeName): Value {
    if (value.type === type) return value;
    const attributes = { SrcT: { type: value.type }, DstT: { type }, Truncate: { bool: false } };
    return this.target.graph.add('Cast', [value], attributes, type);
  }

  /** A value in the given type. */
  private value(ref: ValueRef, type: DataTypeName): Value {
    const known = this.forms.get(keyOf(ref))?.get(type);
    if (known !== undefined) return known;
    const node = this.program.nodes[ref.node];
    const source = node?.inputs[0];
    const part = node !== undefined && source !== undefined && isPart(node);
    const made = part ? this.parts.emit(node, source, this.value(source, type)) : this.cast(this.computed(ref), type);
    this.remember(ref, made);
    return made;
  }

  /** The form that the value was computed in. */
  private computed(ref: ValueRef): Value {
    const [form] = this.forms.get(keyOf(ref))?.values() ?? [];
    if (form === undefined) throw new Error(`native engine: node ${ref.node} has not been computed`);
    return form;
  }
}

/**
 * Writes `program` into the target's graph.
 * @param name begins the names of its placeholders and fetches; unique in the graph.
 * @throws Error on operations that the graph cannot hold.
 */
export function emitProgram(name: string, program: Program, target: EmissionTarget): EmittedProgram {
  return new ProgramEmitter(name, program, target).emit();
}
