/** Types for the tests. */
export interface Labelled {
  readonly id: string;
  readonly className: string;
}
export interface Parts {
  readonly train?: number;
  readonly validation: number;
  readonly test: number | 'rest';
}
export declare function shuffled<T>(values: readonly T[], seed: string): readonly T[];
export declare function splitLabelled<T extends Labelled>(
  images: readonly T[],
  parts: Parts,
  seed: string,
): { readonly train: readonly T[]; readonly validation: readonly T[]; readonly test: readonly T[] };
