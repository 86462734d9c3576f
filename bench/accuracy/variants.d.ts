type Values = Readonly<Record<string, unknown>>;
/** Types for the tests. */
export interface Training {
  readonly configuration: Values;
  readonly plain: Values;
  readonly options: Values;
}
export interface Ablation {
  readonly data?: string;
  readonly seconds?: number;
  readonly base: Values;
  readonly variants: Readonly<Record<string, Values>>;
}
export declare function trainingOf(base: Values, changes: Values, where?: string): Training;
export declare function readAblation(text: string, where: string): Ablation;
export declare function readVariant(text: string): Readonly<Record<string, Values>>;
export declare function trainingsOf(
  ablation: Pick<Ablation, 'base' | 'variants'>,
  names?: readonly string[],
): readonly (Training & { readonly name: string; readonly changes: Values })[];
export declare function turns<T>(trainings: readonly T[], round: number): readonly T[];
