/** How activations are held; weights, statistics and sums are float32 in each of them. */
export const precisions = ['f32', 'bf16', 'f16'] as const;

export type Precision = (typeof precisions)[number];
