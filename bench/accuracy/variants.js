import { parse } from 'yaml';
import { InputError } from '../../dist/errors.js';
import { searchSpaceFromPlain } from '../../dist/space/plain.js';
import { parseRecipe, recipeParameters } from '../../dist/training/recipe.js';

/** What a training is told beside its configuration: the option `precision` of the command, and in how many shorter trainings its time is parted. */
const commandOptions = ['precision', 'ensemble'];

/** Settings of a space's file with one more at a dotted name. */
function withSetting(settings, name, value) {
  const [first, ...rest] = name.split('.');
  return {
    ...settings,
    [first]: rest.length === 0 ? value : withSetting(settings[first] ?? {}, rest.join('.'), value),
  };
}

/**
 * The training that a base and some changes describe. Names of the built-in trainer make the configuration, `precision` and `ensemble` what it is told beside it, all
 * others settings of a search space, such as `final.useValidation`. A change to null takes the name away.
 * @throws InputError for what neither the trainer nor a space knows.
 */
export function trainingOf(base, changes, where = 'variant') {
  const all = Object.entries({ ...base, ...changes }).filter(([, value]) => value !== null);
  const isParameter = ([name]) => recipeParameters.includes(name);
  const isOption = ([name]) => commandOptions.includes(name);
  const configuration = Object.fromEntries(all.filter(isParameter));
  parseRecipe(configuration);
  const settings = all
    .filter((entry) => !isParameter(entry) && !isOption(entry))
    .reduce((made, [name, value]) => withSetting(made, name, value), {});
  const plain = { name: 'bench', parameters: configuration, ...settings };
  searchSpaceFromPlain(plain, where);
  return { configuration, plain, options: Object.fromEntries(all.filter(isOption)) };
}

/** YAML, which JSON is, too. @throws InputError */
function readYaml(text, where, expected) {
  let value;
  try {
    value = parse(text);
  } catch (error) {
    throw new InputError(where, expected, error.message.split('\n')[0], 'the form in bench/README.md', {
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InputError(where, expected, text.slice(0, 80), 'the form in bench/README.md');
}

/**
 * A file of an ablation: `data`, `seconds`, `base` and `variants`, each a name and what it changes.
 * @throws InputError where it is not that.
 */
export function readAblation(text, where) {
  const { data, seconds, base, variants = {}, ...others } = readYaml(text, where, 'data, seconds, base and variants');
  const [stray] = Object.keys(others);
  if (stray !== undefined) throw new InputError(where, 'data, seconds, base and variants', stray, 'no other key');
  if (typeof base !== 'object' || base === null) throw new InputError(where, 'a base', String(base), 'base: {…}');
  return { data, seconds, base, variants };
}

/** What `--variant 'NAME: {…}'` says. @throws InputError */
export function readVariant(text) {
  return readYaml(text, '--variant', "'NAME: {parameter: value}'");
}

/**
 * The base and the chosen variants with the training that each describes; `base` comes first.
 * @param names which of the variants; all where undefined.
 */
export function trainingsOf({ base, variants }, names) {
  const known = Object.keys(variants);
  const stray = names?.find((name) => !known.includes(name));
  if (stray !== undefined) throw new InputError('--variants', `some of ${known.join(', ')}`, stray, 'one of these');
  if (known.includes('base')) throw new InputError('variants', 'another name', 'base', 'one that says what it changes');
  return [['base', {}], ...Object.entries(variants).filter(([name]) => names?.includes(name) ?? true)].map(
    ([name, changes]) => ({ name, changes, ...trainingOf(base, changes, name) }),
  );
}

/** Every second round in reverse order, so that no drift of the machine hits the last ones alone. */
export const turns = (trainings, round) => (round % 2 === 0 ? trainings : trainings.toReversed());
