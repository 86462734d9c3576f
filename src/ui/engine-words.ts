import type { EventOf } from '../state/types.js';

type EngineFacts = Pick<EventOf<'engine-chosen'>, 'engine' | 'description' | 'precision' | 'precisions'>;

/** Engine, library and device, precision, and what the choice of the precision rests on, in one line. */
export function engineWords({ engine, description, precision, precisions }: EngineFacts): string {
  const tried = precisions.map((trial) => {
    const rate = `${trial.precision} ${trial.imagesPerSecond.toFixed(0)}`;
    return trial.problem === null ? rate : `${rate} but ${trial.problem}`;
  });
  const why = tried.length === 0 ? '' : ` (images/s in a training step: ${tried.join(', ')})`;
  return `${engine}, ${description}, ${precision}${why}`;
}
