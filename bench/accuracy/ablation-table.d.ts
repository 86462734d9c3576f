/** Types for the tests. */
export declare function ablationTable(
  lines: readonly {
    readonly variant: string;
    readonly split: number;
    readonly seed: number;
    readonly accuracy: number;
    readonly images: number | null;
    readonly epochs: number | null;
    readonly trainSeconds: number | null;
  }[],
): readonly string[];
