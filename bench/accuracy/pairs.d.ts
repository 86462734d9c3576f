interface Half {
  readonly label: number;
  readonly index: number;
}
/** Types for the tests. */
export declare function stacked(top: Uint8Array, bottom: Uint8Array, side: number): Uint8Array;
export declare function pairsOf(
  pools: readonly (readonly number[])[],
  count: number,
  seed: string,
): readonly { readonly className: string; readonly top: Half; readonly bottom: Half }[];
