import { sameShape } from './geometry.js';
import type { Operation } from './operation.js';
import { inferOutputs } from './shapes.js';
import type { Node, Program, TensorType, ValueRef, VariableSpec } from './types.js';

/** The variables an operation changes. */
export function writtenVariables(operation: Operation): readonly string[] {
  switch (operation.kind) {
    case 'assignVariable':
    case 'assignAdd':
    case 'addScaled':
    case 'clearVariable':
      return [operation.variable];
    case 'applyNesterov':
      return [operation.variable, operation.slot];
    default:
      return [];
  }
}

/** What the program has done with one variable so far. */
interface Access {
  readonly spec: VariableSpec;
  /** The read of the present value, if there was one. */
  read?: ValueRef;
  /** The last node that changed the variable. */
  update?: number;
}

/**
 * Writes a program node by node. Shapes are checked as nodes arrive. Reads and updates of a variable happen in the
 * order of the calls: the builder adds the ordering edges, and reads a variable once between two of its updates.
 */
export class ProgramBuilder {
  private readonly list: Node[] = [];
  private readonly inputs: Record<string, TensorType> = {};
  private readonly outputs: Record<string, ValueRef> = {};
  private readonly variables: ReadonlyMap<string, Access>;

  /** @param variables all that the program may read or change. */
  constructor(
    private readonly name: string,
    variables: readonly VariableSpec[] = [],
  ) {
    this.variables = new Map(variables.map((spec) => [spec.name, { spec }]));
  }

  get nodes(): readonly Node[] {
    return this.list;
  }

  typeOf(value: ValueRef): TensorType {
    const type = this.list[value.node]?.outputs[value.output];
    if (type === undefined) throw new Error(`program ${this.name}: node ${value.node} has no output ${value.output}`);
    return type;
  }

  shapeOf(value: ValueRef): readonly number[] {
    return this.typeOf(value).shape;
  }

  /** A tensor that every run is fed with. @throws Error when the name is taken. */
  input(name: string, type: TensorType): ValueRef {
    if (this.inputs[name] !== undefined) throw new Error(`program ${this.name}: two inputs named ${name}`);
    this.inputs[name] = type;
    return this.append({ kind: 'input', name }, [], [], [type]);
  }

  /** A vector of the given values. */
  constant(...values: readonly number[]): ValueRef {
    return this.one({ kind: 'constant', values }, []);
  }

  /** The value the variable has at this place of the program. */
  read(variable: string): ValueRef {
    const access = this.access(variable);
    const after = access.update === undefined ? [] : [access.update];
    const { shape } = access.spec;
    access.read ??= this.append({ kind: 'readVariable', variable }, [], after, [{ shape, dtype: 'float32' }]);
    return access.read;
  }

  /**
   * Appends an operation and gives back all of its outputs.
   * @param after nodes that must run first although no value comes from them.
   * @throws Error on illegal shapes or unknown variables.
   */
  add(operation: Operation, inputs: readonly ValueRef[], after: readonly number[] = []): readonly ValueRef[] {
    if (operation.kind === 'readVariable') return [this.read(operation.variable)];
    if (operation.kind === 'input') throw new Error(`program ${this.name}: declare inputs with input()`);
    const types = inputs.map((value) => this.typeOf(value));
    const outputs = inferOutputs(operation, types);
    const written = writtenVariables(operation).map((variable) => this.access(variable));
    for (const { spec } of written) {
      const shape = types[0]?.shape ?? spec.shape;
      if (!sameShape(shape, spec.shape)) {
        throw new Error(`${operation.kind}: expected [${spec.shape}] for variable ${spec.name}, got [${shape}]`);
      }
    }
    const earlier = written.flatMap(({ read, update }) => [read?.node, update]).filter((node) => node !== undefined);
    const { node } = this.append(operation, inputs, [...after, ...earlier], outputs);
    for (const access of written) {
      access.update = node;
      delete access.read;
    }
    return outputs.map((_, output) => ({ node, output }));
  }

  /** Appends an operation and gives back its first output. */
  one(operation: Operation, inputs: readonly ValueRef[]): ValueRef {
    const [value] = this.add(operation, inputs);
    if (value === undefined) throw new Error(`program ${this.name}: ${operation.kind} has no output`);
    return value;
  }

  /** Same values in another shape; no node where the shape stays. */
  reshape(value: ValueRef, shape: readonly number[]): ValueRef {
    return sameShape(this.shapeOf(value), shape) ? value : this.one({ kind: 'reshape', shape }, [value]);
  }

  /** Vectors one after the other; no node for a single one. */
  concat(values: readonly ValueRef[]): ValueRef {
    const [only] = values;
    return values.length === 1 && only !== undefined ? only : this.one({ kind: 'concat' }, values);
  }

  /** Names a value that every run gives back. @throws Error when the name is taken. */
  output(name: string, value: ValueRef): void {
    this.typeOf(value);
    if (this.outputs[name] !== undefined) throw new Error(`program ${this.name}: two outputs named ${name}`);
    this.outputs[name] = value;
  }

  /** The program so far; the builder may go on. */
  build(): Program {
    return { name: this.name, nodes: [...this.list], inputs: { ...this.inputs }, outputs: { ...this.outputs } };
  }

  private access(variable: string): Access {
    const access = this.variables.get(variable);
    if (access === undefined) throw new Error(`program ${this.name}: no variable ${variable}`);
    return access;
  }

  private append(
    operation: Operation,
    inputs: readonly ValueRef[],
    after: readonly number[],
    outputs: readonly TensorType[],
  ): ValueRef {
    const id = this.list.length;
    const before = new Set(inputs.map((value) => value.node));
    const ordering = [...new Set(after)].filter((node) => !before.has(node)).sort((a, b) => a - b);
    if (ordering.some((node) => node >= id || node < 0))
      throw new Error(`program ${this.name}: order after a later node`);
    this.list.push({ id, operation, inputs, after: ordering, outputs });
    return { node: id, output: 0 };
  }
}
