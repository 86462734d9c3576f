import { z } from 'zod';

const correlation = z.number().min(-1).max(1);
const interval = z.strictObject({ value: correlation, low: correlation, high: correlation });

/** Rank correlations as journal and best.json hold them. */
export const rankCorrelationForms = z.array(
  z.strictObject({
    lower: z.number().positive().meta({ description: "Resource of a rung, in the unit of the space's scheduler." }),
    upper: z.number().positive().meta({ description: 'Resource of a higher one.' }),
    trials: z
      .int()
      .positive()
      .meta({ description: 'That it was measured on: at most the newest 200 that have finished both.' }),
    spearman: interval.meta({ description: 'Of their scores; too low where they were promoted for the lower one.' }),
    corrected: interval.meta({ description: 'What it would be had all trials of the lower rung been promoted.' }),
  }),
);
