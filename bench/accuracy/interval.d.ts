/** Types for the tests. */
export interface MeanInterval {
  readonly count: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}
interface Line {
  readonly split: number;
  readonly seed: number;
  readonly accuracy: number;
}
export declare function deviation(values: readonly number[]): number;
export declare function meanInterval(values: readonly number[]): MeanInterval;
export declare function pairedDifference(
  lines: readonly Line[],
  others: readonly Line[],
): (MeanInterval & { readonly bySplit: MeanInterval }) | null;
