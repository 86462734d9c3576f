// Whether the variants have done the same work: first losses, and the size of weights, statistics and averages after some steps.

const tolerances = { f32: 2e-4, bf16: 2e-2, f16: 2e-2 };
const ours = ['wasm', 'native-f32', 'native-bf16'];
/** On several threads ours normalise each part of a batch by its own statistics, and f32 is no more exact than f16 on a graphics card. */
const toleranceOf = ({ variant, threads }) =>
  variant.device === 'gpu' || (ours.includes(variant.id) && threads > 1)
    ? tolerances.f16
    : tolerances[variant.precision];
/** Not every part counts: tf.layers moves its variances by an estimate that differs with few pixels a channel. */
const ignored = { 'tfjs-layers': ['statistics', 'statistics.average'] };

const difference = (value, reference) => Math.abs(value - reference) / Math.max(1e-6, Math.abs(reference));

/**
 * Compares every row with the first of single precision that works.
 * @returns by variant the worst relative difference of a loss and of a part of the state, and whether both are small.
 */
export function compareRows(rows) {
  const working = rows.filter(({ failure, first }) => failure === null && first !== undefined);
  const exact = working.filter(({ variant }) => variant.precision === 'f32');
  const reference = exact.find(({ variant }) => variant.id === 'tensorflow') ?? exact[0];
  if (reference === undefined) return [];
  return working.map((row) => {
    const { variant, first } = row;
    const losses = first.losses.map((loss, step) => difference(loss, reference.first.losses[step]));
    const state = Object.entries(first.state)
      .filter(([name]) => !ignored[variant.id]?.includes(name))
      .map(([name, value]) => difference(value, reference.first.state[name]));
    const worst = { loss: Math.max(...losses), state: Math.max(...state) };
    return {
      variant: variant.id,
      reference: reference.variant.id,
      firstLosses: first.losses,
      worstLossDifference: worst.loss,
      worstStateDifference: worst.state,
      same: Math.max(worst.loss, worst.state) <= toleranceOf(row),
    };
  });
}
