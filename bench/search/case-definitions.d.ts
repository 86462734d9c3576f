/** Types for the tests. */
export declare const cases: Readonly<Record<string, { readonly images?: number; readonly max_epoch: number }>>;
export declare function rankAt(ranks: readonly (readonly [number, number])[], part: number): number;
