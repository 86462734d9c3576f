import { InputError, unreachable } from '../errors.js';
import type { FidelitySettings, Parameter, ParameterValue, SearchSpace } from './types.js';
import { gridSize, gridValue } from './unit.js';

/** Each image size is a packed copy of the data set on disk. */
const maxResolutions = 24;

export interface RungFidelity {
  /** Part of the training images, in (0, 1]. */
  readonly subset: number;
  /** Side of the images in pixels. */
  readonly resolution: number;
}

/**
 * What a rung sees of the data. Factors grow geometrically from the setting at rung 0 to 1 at the highest rung; the side is a multiple
 * of 4 and at least 8 below the highest rung, and never above the configuration's.
 *
 * @param rung counted from 0 on the ladder of the deepest bracket, so that the same resource means the same fidelity in all brackets
 * @param rungs rungs of the deepest bracket
 * @param resolution the configuration's, in pixels
 */
export function rungFidelity(
  settings: FidelitySettings,
  rung: number,
  rungs: number,
  resolution: number,
): RungFidelity {
  const below = rungs > 1 ? Math.min(1, Math.max(0, (rungs - 1 - rung) / (rungs - 1))) : 0;
  const side = resolution * settings.resolution ** below;
  const rounded = Math.max(8, Math.round(side / 4) * 4);
  return {
    subset: settings.subset ** below,
    resolution: settings.resolution ** below === 1 ? resolution : Math.min(resolution, rounded),
  };
}

function valuesOf(parameter: Parameter): readonly ParameterValue[] {
  switch (parameter.kind) {
    case 'constant':
      return [parameter.value];
    case 'choice':
      return parameter.values;
    case 'float':
    case 'int': {
      const size = gridSize(parameter);
      const many = size === undefined || size > maxResolutions;
      return many ? [] : Array.from({ length: size }, (_, index) => gridValue(parameter, index));
    }
    default:
      return unreachable(parameter);
  }
}

/**
 * Every image size that a rung or the final run of any configuration may ask for, ascending: what packing has to write.
 *
 * @param deepestRungs rungs of the deepest bracket
 * @param defaultResolution what the trainer takes where a configuration has no parameter `resolution`
 * @throws InputError when `resolution` takes more values than anybody wants to pack, or something that is no number
 */
export function packResolutions(
  space: SearchSpace,
  deepestRungs: number,
  defaultResolution: number,
): readonly number[] {
  const parameter = space.parameters.find(({ name }) => name === 'resolution');
  const values = parameter === undefined ? [defaultResolution] : [...valuesOf(parameter)];
  if (parameter !== undefined && parameter.when.length > 0) values.push(defaultResolution);
  const rungs = Array.from({ length: Math.max(1, deepestRungs) }, (_, rung) => rung);
  const sides = new Set(
    values.flatMap((value) => {
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        throw new InputError('parameters.resolution', 'image sides in whole pixels', String(value), '28 or 128');
      }
      return rungs.map((rung) => rungFidelity(space.fidelity, rung, rungs.length, value).resolution);
    }),
  );
  if (sides.size === 0 || sides.size > maxResolutions) {
    const got = sides.size === 0 ? 'more' : `${sides.size} with those of the rungs`;
    throw new InputError('parameters.resolution', `at most ${maxResolutions} image sides`, got, 'a step such as 32');
  }
  return [...sides].sort((a, b) => a - b);
}
