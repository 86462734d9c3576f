/** A dense float64 tensor in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error(`reference: index ${index} is outside ${values.length} values`);
  return value;
}
