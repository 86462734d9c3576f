import { InputError, unreachable } from '../errors.js';
import { rungFidelity } from './fidelity.js';
import { evaluationSide, evaluationStep, lowestSide, sidesFrom, trainingSides } from './sides.js';
import type { Configuration, Parameter, ParameterValue, SearchSpace } from './types.js';
import { gridSize, gridValue } from './unit.js';

/** Each image size is a packed copy of the data set on disk. */
const maxResolutions = 24;

type Declared = Pick<SearchSpace, 'parameters'>;

/** The values of a parameter, or where these are too many to list its lowest and its highest one. */
type Values = { readonly listed: readonly ParameterValue[] } | { readonly low: number; readonly high: number };

function valuesOf(parameter: Parameter): Values {
  switch (parameter.kind) {
    case 'constant':
      return { listed: [parameter.value] };
    case 'choice':
      return { listed: parameter.values };
    case 'float':
    case 'int': {
      const size = gridSize(parameter);
      if (size === undefined || size > maxResolutions) return parameter;
      return { listed: Array.from({ length: size }, (_, index) => gridValue(parameter, index)) };
    }
    default:
      return unreachable(parameter);
  }
}

/** What a configuration may hold under a name; the default where it may hold nothing. */
function possible(space: Declared, name: string, preset: number): Values {
  const parameter = space.parameters.find((each) => each.name === name);
  if (parameter === undefined) return { listed: [preset] };
  const values = valuesOf(parameter);
  if (parameter.when.length === 0) return values;
  if ('listed' in values) return { listed: [...values.listed, preset] };
  return { low: Math.min(values.low, preset), high: Math.max(values.high, preset) };
}

const isNumber = (value: ParameterValue): value is number => typeof value === 'number';

/** Sides at which images are trained on, judged and predicted where the full side of training is `resolution`. */
function sidesAround(space: Declared, resolution: number): readonly number[] {
  const froms = possible(space, 'progressive.from', 1);
  const training =
    'listed' in froms
      ? froms.listed.filter(isNumber).flatMap((from) => trainingSides(resolution, from))
      : sidesFrom(lowestSide(resolution, froms.low), resolution);
  const scales = possible(space, 'evaluation.scale', 1);
  if ('listed' in scales) {
    return [...training, ...scales.listed.filter(isNumber).map((scale) => evaluationSide(resolution, scale))];
  }
  const [low, high] = [evaluationSide(resolution, scales.low), evaluationSide(resolution, scales.high)];
  const step = evaluationStep(resolution);
  return [...training, ...Array.from({ length: 1 + (high - low) / step }, (_, index) => low + index * step)];
}

/** Every side of the images that a configuration's final run asks for. */
export function configurationSides(configuration: Configuration, resolution: number): readonly number[] {
  const parameters = Object.entries(configuration).map(([name, value]): Parameter => {
    return { kind: 'constant', name, value, when: [], confidence: 'medium' };
  });
  return sidesAround({ parameters }, resolution);
}

/**
 * Every image size that a rung or the final run of any configuration may ask for, ascending: what packing has to write.
 *
 * @param deepestRungs rungs of the deepest bracket
 * @param defaultResolution what the trainer takes where a configuration has no parameter `resolution`
 * @throws InputError when these are more sizes than anybody wants to pack, or `resolution` something that is no number
 */
export function packResolutions(
  space: SearchSpace,
  deepestRungs: number,
  defaultResolution: number,
): readonly number[] {
  const values = possible(space, 'resolution', defaultResolution);
  const rungs = Array.from({ length: Math.max(1, deepestRungs) }, (_, rung) => rung);
  const sides = new Set(
    ('listed' in values ? values.listed : []).flatMap((value) => {
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        throw new InputError('parameters.resolution', 'image sides in whole pixels', String(value), '28 or 128');
      }
      return rungs.flatMap((rung) =>
        sidesAround(space, rungFidelity(space.fidelity, rung, rungs.length, value).resolution),
      );
    }),
  );
  if (sides.size === 0 || sides.size > maxResolutions) {
    const got = sides.size === 0 ? 'more' : `${sides.size} with those of rungs, of progressive resizing and of tests`;
    throw new InputError('parameters.resolution', `at most ${maxResolutions} image sides`, got, 'a step such as 32');
  }
  return [...sides].sort((a, b) => a - b);
}
