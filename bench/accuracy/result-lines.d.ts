/** Types for the tests. */
export declare function wholeLines(
  text: string,
  path: string,
): { readonly lines: readonly unknown[]; readonly bytes: number };
type Line = Readonly<Record<string, unknown>>;
export declare class ResultLines {
  constructor(path: string | undefined, keyOf: (line: Line) => string);
  of(measurement: Line): Line | undefined;
  add(line: Line): void;
}
