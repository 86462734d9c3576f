import { z } from 'zod';

/** A search space as it is written down: the YAML file's form, the journal's form and the source of the JSON schema. */

/** Most parameters of a space, values of a choice and values of a condition: more are no search space, and checking them would take minutes. */
export const mostEntries = 1000;

const value = z.union([z.number(), z.string(), z.boolean()], { error: 'a number, a text, true or false' });

const shared = {
  when: z
    .record(
      z.string(),
      z.union([value, z.array(value).min(1).max(mostEntries)], { error: 'a value or a list of values' }),
    )
    .default({})
    .describe('Active only while each named parameter, declared earlier, holds one of the values.'),
  confidence: z
    .enum(['low', 'medium', 'high'])
    .default('medium')
    .describe('How far the prior sampler strays from the default: high stays nearest.'),
};

const log = z.boolean().default(false).describe('Sample on a logarithmic scale; low must be above 0.');

const floatForm = z
  .strictObject({
    type: z.literal('float'),
    low: z.number().describe('Smallest value.'),
    high: z.number().describe('Largest value.'),
    log,
    step: z.number().positive().optional().describe('Values are low, low + step, … up to high.'),
    default: z.number().optional().describe('Tried first; the prior sampler stays near it.'),
    ...shared,
  })
  .describe('A real number in [low, high].');

const intForm = z
  .strictObject({
    type: z.literal('int'),
    low: z.int().describe('Smallest value.'),
    high: z.int().describe('Largest value.'),
    log,
    step: z.int().positive().optional().describe('Values are low, low + step, … up to high; 1 when left out.'),
    default: z.int().optional().describe('Tried first; the prior sampler stays near it.'),
    ...shared,
  })
  .describe('An integer in [low, high].');

const choiceForm = z
  .strictObject({
    type: z.literal('choice'),
    values: z
      .array(value)
      .min(1)
      .max(mostEntries)
      .describe(
        'The values to choose from. The model takes numbers alone in their order: write as texts what has none.',
      ),
    default: value.optional().describe('Tried first; the prior sampler prefers it.'),
    ...shared,
  })
  .describe('One of a list of values.');

const constantForm = z
  .strictObject({ type: z.literal('constant'), value: value.describe('The fixed value.'), when: shared.when })
  .describe('A fixed value; a bare value says the same where there is no condition.');

/** The forms of a parameter by their `type`. */
export const parameterForms = { float: floatForm, int: intForm, choice: choiceForm, constant: constantForm } as const;

export const parameterForm = z.union(
  [
    z.discriminatedUnion('type', [floatForm, intForm, choiceForm, constantForm], {
      error: 'float, int, choice or constant',
    }),
    value,
  ],
  { error: 'a parameter such as {type: float, low: 0, high: 1}, or a fixed value' },
);

/** From what no engine can tell from nothing to what no machine ever trains: beyond, the brackets' arithmetic leaves the numbers. */
const resource = z.number().min(1e-6).max(1e12);

export const schedulerForm = z.strictObject({
  kind: z
    .enum(['hyperband', 'successive-halving', 'asha', 'pasha', 'model-asha', 'single-rung'])
    .default('model-asha')
    .describe(
      'Who trains for how long. hyperband, successive-halving: brackets that fill rung by rung; asha: one ladder on which no trial waits for others; pasha: the same, its upper rungs locked until the order of trials changes; model-asha: as many promotions as asha, of those trials of which a model of all results expects most at the top; single-rung: every trial trains for min, and the best wins.',
    ),
  sampler: z
    .enum(['random', 'sobol', 'prior', 'kde', 'tpe', 'gaussian-process'])
    .default('gaussian-process')
    .describe(
      'random: uniform; sobol: evenly spread; prior: near the defaults and, once there are results, near the best; kde, tpe: where good trials are densest in comparison with bad ones, one density of whole configurations or one a parameter; gaussian-process: where a model of all results expects most.',
    ),
  eta: z.int().min(2).max(16).default(3).describe('One of eta trials is promoted to the next rung.'),
  unit: z.enum(['seconds', 'epochs', 'samples']).default('seconds').describe('What one unit of min and max is.'),
  min: resource.default(30).describe('Resource of the lowest rung, in unit.'),
  max: z
    .union([z.literal('auto'), resource], { error: 'auto or a number above 0' })
    .default('auto')
    .describe('Resource of the highest rung, in unit; auto: as long as the search time allows.'),
  anneal: z
    .enum(['trunk', 'restart'])
    .default('trunk')
    .describe('trunk: a promoted trial goes on where it was before its cooldown; restart: it trains anew.'),
  cooldown: z.number().positive().max(1).default(0.3).describe('Part of a rung that cools down; only with trunk.'),
});

export const fidelityForm = z.strictObject({
  subset: z.number().positive().max(1).default(1).describe('Part of the training images that the lowest rung sees.'),
  resample: z
    .boolean()
    .default(false)
    .describe('Whether each epoch of a rung that sees a part of the images sees another part.'),
  classes: z.number().positive().max(1).default(1).describe('Part of the classes that the lowest rung sees.'),
  resolution: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe('Side of the images of the lowest rung relative to the resolution of the configuration.'),
});

/** What putting a submission in place and exiting may take: a final run that ends later is lost to its deadline. */
export const leastReserveSeconds = 1;

export const budgetForm = z.strictObject({
  searchShare: z
    .union([z.literal('auto'), z.number().positive().lt(1)], { error: 'auto or a number in (0, 1)' })
    .default('auto')
    .describe('Part of the budget for the search, packing included; auto: decided while it runs.'),
  minSearchShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('What the search gets at least where its share is auto.'),
  maxSearchShare: z
    .union([z.literal('auto'), z.number().min(0).max(1)], { error: 'auto or a number in [0, 1]' })
    .default('auto')
    .describe(
      'What the search gets at most where its share is auto; auto: all with final.maxEpochs, else 0.3 of the time after its preparation.',
    ),
  reserve: z
    .union([z.literal('auto'), z.string(), z.number().min(leastReserveSeconds)], {
      error: `auto or a duration such as 20s, at least ${leastReserveSeconds} s`,
    })
    .default('auto')
    .describe(`Time kept free at the very end: a duration such as 20s, or seconds, at least ${leastReserveSeconds} s.`),
});

export const finalForm = z.strictObject({
  useValidation: z.boolean().default(true).describe('Train the final model on the validation images too.'),
  checkLearningRate: z
    .boolean()
    .default(false)
    .describe(
      'Begin the final training anew at half its learning rate where its first percents show that it does not bear it.',
    ),
  views: z
    .int()
    .min(1)
    .max(8)
    .default(8)
    .describe(
      'Most views of a test image whose predictions are averaged where there is time: mirrored, at the side of the training images, moved by 1/32 of the side.',
    ),
  maxEpochs: resource
    .optional()
    .describe(
      'Epochs after which a final training gains nothing more: the search may have the rest. With unit: epochs.',
    ),
});

/** What a parameter's name may look like. */
export const parameterName = /^[A-Za-z][A-Za-z0-9_.-]*$/;

export const spaceForm = z.strictObject({
  name: z.string().min(1).describe('What the study shows and records.'),
  parameters: z.record(z.string(), parameterForm).describe('The parameters by name; a bare value is a constant.'),
  scheduler: schedulerForm.prefault({}).describe('Who decides how long each trial trains.'),
  fidelity: fidelityForm.prefault({}).describe('What grows with the rungs, as parts of the final run.'),
  budget: budgetForm.prefault({}).describe('How the wall-clock budget is shared out.'),
  final: finalForm.prefault({}).describe('The final training.'),
});

export type SpaceForm = z.output<typeof spaceForm>;
export type ParameterForm = z.output<typeof parameterForm>;

const blocks: Readonly<Record<string, z.ZodObject>> = {
  scheduler: schedulerForm,
  fidelity: fidelityForm,
  budget: budgetForm,
  final: finalForm,
};

/** The keys that the map at a path of a written space may have; a parameter's depend on its `type`. */
export function knownKeys(path: readonly (string | number)[], plain: unknown): readonly string[] {
  const [block, name] = path;
  if (block === undefined) return Object.keys(spaceForm.shape);
  if (block !== 'parameters') return Object.keys(blocks[block]?.shape ?? {});
  const typed = z.object({ parameters: z.record(z.string(), z.unknown()) }).safeParse(plain).data?.parameters;
  const type = z.object({ type: z.enum(['float', 'int', 'choice', 'constant']) }).safeParse(typed?.[name ?? '']);
  return type.success ? Object.keys(parameterForms[type.data.type].shape) : [];
}

/**
 * The JSON schema (draft 7, the one that editors know best) of a search-space file.
 *
 * @param knownParameters the names that may be declared; editors complete them. Without it any well-formed name may be.
 */
export function searchSpaceJsonSchema(knownParameters?: readonly string[]): Readonly<Record<string, unknown>> {
  const options = { target: 'draft-7', io: 'input' } as const;
  const { properties, ...rest } = z.toJSONSchema(spaceForm, options);
  const { $schema: _, ...parameter } = z.toJSONSchema(parameterForm, options);
  const one = { $ref: '#/definitions/parameter' };
  const parameters = {
    type: 'object',
    description: spaceForm.shape.parameters.description,
    ...(knownParameters === undefined
      ? { patternProperties: { [parameterName.source]: one } }
      : { properties: Object.fromEntries(knownParameters.map((name) => [name, one])) }),
    additionalProperties: false,
    minProperties: 1,
  };
  return {
    title: 'hyperbudget search space',
    ...rest,
    properties: { ...properties, parameters },
    definitions: { parameter },
  };
}
