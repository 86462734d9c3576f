/** What the texts of a benchmark file's `model` say. */
export interface ModelDescription {
  readonly file: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly type: 'int32' | 'float32' | 'float64';
    readonly columns: readonly { readonly name: string; readonly isOfTask: boolean }[];
  }[];
  /** Columns of the output. */
  readonly output: { readonly seconds: number; readonly accuracy: number };
}

export interface ModelInput {
  readonly name: string;
  readonly type: 'int32' | 'float32' | 'float64';
  readonly data: Int32Array | Float32Array | Float64Array;
  readonly width: number;
}

export type Encoding = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function describeModel(model: unknown, encoding?: Encoding): ModelDescription;

export function inputsOf(
  description: ModelDescription,
  encoding: Encoding,
  task: { readonly id: string; readonly written: Readonly<Record<string, unknown>> },
  rows: readonly {
    readonly configuration: Readonly<Record<string, number | string | boolean>>;
    readonly epochs: readonly number[];
  }[],
): readonly ModelInput[];
