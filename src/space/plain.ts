import { createHash } from 'node:crypto';
import { InputError } from '../errors.js';
import { budgetForm, finalForm } from './schema.js';
import type { Parameter, SearchSpace } from './types.js';
import { readSpace } from './validate.js';

type Plain = Readonly<Record<string, unknown>>;

/** The space as plain data in the form of its YAML file, everything spelt out, in a fixed order. `searchSpaceFromPlain` undoes it. */
export function searchSpaceToPlain(space: SearchSpace): Plain {
  const { kind, sampler, eta, unit, min, max, anneal, cooldown } = space.scheduler;
  const { subset, resample, classes, resolution } = space.fidelity;
  const { searchShare, minSearchShare, maxSearchShare, reserveSeconds } = space.budget;
  const usual = budgetForm.parse({});
  const usualFinal = finalForm.parse({});
  // What older versions did not know is left out where it is as usual: the hash of a space must not change.
  const limits = {
    ...(minSearchShare === usual.minSearchShare ? {} : { minSearchShare }),
    ...(maxSearchShare === usual.maxSearchShare ? {} : { maxSearchShare }),
  };
  return {
    name: space.name,
    parameters: Object.fromEntries(space.parameters.map((parameter) => [parameter.name, plainParameter(parameter)])),
    scheduler: { kind, sampler, eta, unit, min, max, anneal, cooldown },
    fidelity: { subset, ...(resample ? { resample } : {}), ...(classes === 1 ? {} : { classes }), resolution },
    budget: { searchShare, ...limits, reserve: reserveSeconds },
    final: {
      useValidation: space.final.useValidation,
      ...(space.final.checkLearningRate === usualFinal.checkLearningRate
        ? {}
        : { checkLearningRate: space.final.checkLearningRate }),
      ...(space.final.views === usualFinal.views ? {} : { views: space.final.views }),
      ...(space.final.maxEpochs === undefined ? {} : { maxEpochs: space.final.maxEpochs }),
    },
  };
}

function plainParameter(parameter: Parameter): Plain {
  const when = Object.fromEntries(parameter.when.map((condition) => [condition.parameter, [...condition.values]]));
  if (parameter.kind === 'constant') return { type: 'constant', value: parameter.value, when };
  const preset = parameter.default === undefined ? {} : { default: parameter.default };
  const rest = { ...preset, when, confidence: parameter.confidence };
  if (parameter.kind === 'choice') return { type: 'choice', values: [...parameter.values], ...rest };
  const { low, high, log, step } = parameter;
  return { type: parameter.kind, low, high, log, ...(step === undefined ? {} : { step }), ...rest };
}

/**
 * Reads what `searchSpaceToPlain` wrote, from a journal for example.
 *
 * @param where how errors name the source
 * @throws InputError naming the path of what is not as expected
 */
export function searchSpaceFromPlain(plain: unknown, where = 'search space'): SearchSpace {
  const reading = readSpace(plain);
  if (reading.ok) return reading.space;
  const [problem] = reading.problems;
  if (problem === undefined) throw new Error(`${where}: a reading without a space and without problems`);
  const { path, expected, got, tryThis } = problem;
  throw new InputError([where, path.join('.')].join(' ').trim(), expected, got, tryThis);
}

/** The first 16 hexadecimal digits of the SHA-256 of the space's plain form; the order of parameters counts, sampling follows it. */
export function spaceHash(space: SearchSpace): string {
  return createHash('sha256')
    .update(JSON.stringify(searchSpaceToPlain(space)))
    .digest('hex')
    .slice(0, 16);
}
