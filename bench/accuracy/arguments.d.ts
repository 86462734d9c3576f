/** Types for the tests. */
export declare function positive(name: string, text: unknown, isWhole?: boolean): number;
export declare function runsOf(values: Readonly<Record<string, string>>): {
  readonly seeds: readonly number[];
  readonly splits: readonly number[];
  readonly output?: string;
};
export declare function chosenOf(
  name: string,
  all: Readonly<Record<string, unknown>>,
  list?: string,
): readonly string[];
