import { z } from 'zod';
import { writeFileAtomic } from '../atomic-file.js';
import { rankCorrelations } from '../state/rank-correlation.js';
import { rankCorrelationForms } from '../state/rank-correlation-form.js';
import { bestFirst } from '../state/ranking.js';
import { summaryOf } from '../state/summary.js';
import type { StudyState } from '../state/types.js';

const count = z.int().nonnegative();

/** One configuration of best.json. Its costs are sums over the trial's finished rungs. */
const bestConfiguration = z.strictObject({
  rank: z.int().positive().meta({ description: '1 is the best.' }),
  trial: count.meta({ description: 'Number of the trial in its study.' }),
  score: z.number().min(0).max(1).nullable().meta({
    description:
      "Top-1 on validation images in the trial's highest finished rung; null, like the next two, where no trial finished a rung or nothing was searched.",
  }),
  rung: count.nullable().meta({ description: 'The highest finished rung, counted from 0.' }),
  resource: z
    .number()
    .positive()
    .nullable()
    .meta({ description: "Resource of that rung, in the unit of the space's scheduler." }),
  trainSeconds: z.number().nonnegative().meta({ description: 'Seconds spent in training steps.' }),
  images: count.meta({ description: 'Training images seen.' }),
  parameters: z.int().positive().nullable().meta({ description: 'Trainable numbers of the network.' }),
  configuration: z.record(
    z.string(),
    z.union([z.number(), z.string(), z.boolean()], { error: 'a number, a text, true or false' }),
  ),
  seed: z.string().meta({ description: 'Seeds every random stream of the trial.' }),
  origin: z.enum(['default', 'prior', 'random', 'model', 'given']).meta({
    description:
      "The space's defaults, near them or the best, drawn at random, by a model of the results, or given by an earlier best.json.",
  }),
});

const bestSchema = z.strictObject({
  version: z.literal(1),
  study: z.string(),
  createdAt: z.iso
    .datetime({ error: 'a time such as 2026-11-22T20:00:00Z' })
    .meta({ description: "Time of the study's newest event when the file was written." }),
  budgetSeconds: z.number().positive(),
  seed: z.int(),
  space: z
    .strictObject({
      source: z.string(),
      hash: z.string(),
      plain: z.unknown().meta({ description: 'The whole search space in the form of its YAML file.' }),
    })
    .nullable(),
  data: z
    .strictObject({
      fingerprint: z.string(),
      classes: z.int().positive(),
      train: count,
      validation: count,
      test: count,
    })
    .nullable(),
  engine: z
    .strictObject({
      name: z.string(),
      imagesPerSecond: z
        .number()
        .nonnegative()
        .nullable()
        .meta({ description: 'Training images a second of the first configuration in the search; null without one.' }),
      gpuMemory: z
        .strictObject({
          limitBytes: z.number().positive(),
          estimatedBytes: z
            .number()
            .nonnegative()
            .nullable()
            .meta({ description: 'Largest training step by its plan.' }),
          allocatedBytes: z
            .number()
            .nonnegative()
            .nullable()
            .meta({ description: "TensorFlow's pool at its largest." }),
          measuredBytes: z
            .number()
            .nonnegative()
            .nullable()
            .meta({ description: 'All processes of the study at most, by nvidia-smi.' }),
        })
        .optional()
        .meta({ description: 'Only where a GPU was watched; null for what nobody has seen.' }),
    })
    .nullable(),
  versions: z.record(z.string(), z.string()),
  configurations: z
    .array(bestConfiguration)
    .meta({ description: 'What the final training took, or will take, then best first.' }),
  rankCorrelations: rankCorrelationForms
    .optional()
    .meta({ description: 'How far rungs rank trials alike; only where at least 4 trials have finished both.' }),
});

/** What best.json holds; docs/best-json.md explains it to users. */
export type BestFile = z.infer<typeof bestSchema>;
export type BestConfiguration = z.infer<typeof bestConfiguration>;

/** @internal for `readBest` */
export const parseBest = (value: unknown) => bestSchema.safeParse(value);

/** The JSON schema of best.json; committed as schemas/best.schema.json. */
export function bestJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: 'hyperbudget best.json', ...z.toJSONSchema(bestSchema) };
}

/**
 * The best configurations of a study: in the order of `bestFirst`.
 * @param top how many at most, an integer >= 1.
 */
export function bestFromState(state: StudyState, top: number): BestFile {
  const { created, space, data, engine } = state;
  if (created === null)
    throw new Error('best.json: expected a study that has begun, got an empty journal; try again later');
  const configurations = bestConfigurations(state, created.seed).slice(0, top);
  const [best] = configurations;
  return {
    version: 1,
    study: created.name,
    createdAt: new Date((created.startedAtEpochSeconds + state.at) * 1000).toISOString(),
    budgetSeconds: created.budgetSeconds,
    seed: created.seed,
    space: space && { source: space.source, hash: space.hash, plain: space.space },
    data: data && {
      fingerprint: data.fingerprint,
      classes: data.classes,
      train: data.train,
      validation: data.validation,
      test: data.test,
    },
    engine: engine && {
      name: engine.engine,
      imagesPerSecond: best !== undefined && best.trainSeconds > 0 ? best.images / best.trainSeconds : null,
      ...gpuMemoryOf(state),
    },
    versions: created.versions,
    configurations,
    ...rankCorrelationsOf(state),
  };
}

function rankCorrelationsOf({ trials }: StudyState): Pick<BestFile, 'rankCorrelations'> {
  const correlations = rankCorrelations(summaryOf(trials).levels);
  return correlations.length === 0 ? {} : { rankCorrelations: [...correlations] };
}

function gpuMemoryOf({ gpuMemory }: StudyState): Pick<NonNullable<BestFile['engine']>, 'gpuMemory'> {
  if (gpuMemory === null) return {};
  const { limitBytes, estimatedBytes, allocatedBytes, measuredBytes } = gpuMemory;
  return { gpuMemory: { limitBytes, estimatedBytes, allocatedBytes, measuredBytes } };
}

function bestConfigurations(state: StudyState, seed: number): BestConfiguration[] {
  const ranked = bestFirst(state);
  if (ranked.length === 0) return unscored(state, seed);
  return ranked.map(({ trial, score, rung, resource, result, state: own }, index) => {
    const finished = own.rungs.flatMap((record) => (record.status === 'finished' ? [record.result] : []));
    return {
      rank: index + 1,
      trial,
      score,
      rung,
      resource,
      trainSeconds: finished.reduce((sum, { trainSeconds }) => sum + trainSeconds, 0),
      images: finished.reduce((sum, { images }) => sum + images, 0),
      parameters: result.parameters,
      configuration: own.configuration,
      seed: `${seed}:trial:${trial}`,
      origin: own.origin,
    };
  });
}

/** What the final run trains where no trial has a score: a study always says what its model was made with. */
function unscored(state: StudyState, seed: number): BestConfiguration[] {
  const winner = state.trials[state.searchEnd?.winner ?? -1];
  if (!winner) return [];
  const { trial, configuration, origin } = winner;
  const nothing = { score: null, rung: null, resource: null, parameters: null, trainSeconds: 0, images: 0 };
  return [{ rank: 1, trial, ...nothing, configuration, seed: `${seed}:trial:${trial}`, origin }];
}

/** best.json as text, two spaces deep, with a newline at its end. */
export function formatBest(best: BestFile): string {
  return `${JSON.stringify(best, null, 2)}\n`;
}

/**
 * Writes best.json, atomically.
 * @throws InputError when the path cannot be written.
 */
export function writeBest(path: string, best: BestFile): void {
  writeFileAtomic(path, formatBest(best));
}
