/** Types for the tests. */
export declare function peersTable(
  lines: readonly {
    readonly method: string;
    readonly split: number;
    readonly seed: number;
    readonly accuracy: number | null;
    readonly lateSeconds: number;
  }[],
): readonly string[];
