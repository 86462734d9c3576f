import type { Training } from './variants.js';

interface Where {
  readonly pack: { readonly directory: string; readonly resolutions: readonly number[]; readonly test: number };
  readonly folder: string;
  readonly threads: number;
  readonly slots?: number;
}
interface Terms {
  readonly seconds: number;
  readonly seed: number;
}
/** Types for the tests. */
export declare function finalAssignment(training: Training, where: Where, terms: Terms, now: number): unknown;
export declare function rungAssignment(training: Training, where: Where, terms: Terms, now: number): unknown;
