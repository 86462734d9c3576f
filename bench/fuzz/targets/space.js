import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { makePlan, shortestBudget } from '../../../dist/budget/plan.js';
import { propose } from '../../../dist/sampler/propose.js';
import { packResolutions } from '../../../dist/space/pack-sides.js';
import { parseSearchSpace } from '../../../dist/space/parse.js';
import { searchSpaceFromPlain, searchSpaceToPlain, spaceHash } from '../../../dist/space/plain.js';
import { parseRecipe, recipeParameters, recipeSchema } from '../../../dist/training/recipe.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

const examples = ['quickstart', 'imagenet100'].map((name) =>
  readFileSync(new URL(`../../../search-spaces/${name}.yaml`, import.meta.url), 'utf8'),
);
const plains = examples.map((text) => parse(text));

/** A space whose counts are at the edge of what anybody could mean. */
function extreme(random) {
  const number = () => (random.chance(0.5) ? random.pick(mutate.numbers) : 10 ** (random.unit() * 40 - 20));
  const many = random.size(100_000);
  const value = random.pick([
    () => ({ type: 'int', low: -(2 ** random.below(60)), high: 2 ** random.below(60), log: random.chance(0.3) }),
    () => ({ type: 'float', low: number(), high: number(), step: number(), log: random.chance(0.5) }),
    () => ({ type: 'choice', values: Array.from({ length: many }, (_, index) => index) }),
    () => ({
      type: 'choice',
      values: Array.from({ length: many }, (_, index) => `v${index}`),
      default: `v${many - 1}`,
    }),
    () => ({ type: 'float', low: number(), high: number(), default: number() }),
  ])();
  const parameters = { a: value };
  if (random.chance(0.3)) {
    for (let index = random.size(3000); index > 0; index--)
      parameters[`p${index}`] = { type: 'int', low: 0, high: index, when: { a: index } };
  }
  const scheduler = {
    kind: random.pick(['hyperband', 'successive-halving', 'asha', 'pasha', 'single-rung']),
    eta: random.pick([2, 3, 4, 16, 1.0000001]),
    min: number(),
    max: random.chance(0.4) ? 'auto' : number(),
  };
  return {
    name: 'extreme',
    parameters,
    scheduler,
    ...(random.chance(0.3) ? { budget: { reserve: number(), searchShare: random.unit() } } : {}),
  };
}

/** Anchors that multiply, and collections inside one another. */
function bomb(random) {
  const levels = random.size(60);
  const wide = 2 + random.size(12);
  const lines = ['a0: &a0 [x]'];
  for (let level = 1; level <= levels; level++)
    lines.push(
      `a${level}: &a${level} [${Array(wide)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  const depth = random.size(100_000);
  return random.pick([
    () => lines.join('\n'),
    () => `name: x\nparameters: {a: {type: choice, values: ${'['.repeat(depth)}${']'.repeat(depth)}}}`,
    () => '- '.repeat(depth),
    () => `${'? '.repeat(depth)}a`,
    () => Array.from({ length: Math.min(depth, 1500) }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
    () => `name: &a x\nparameters: ${'{b: '.repeat(depth)}*a${'}'.repeat(depth)}`,
    () =>
      `name: x\nparameters:\n${Array.from({ length: depth }, (_, index) => `  p${index}: &p${index} 1\n  q${index}: *p${index}`).join('\n')}`,
    () => `name: x\n${Array.from({ length: depth }, (_, index) => `key${index}: 1`).join('\n')}`,
    () => `a: &a\n  b: *a`,
  ])();
}

export const target = {
  generate(random) {
    const settings = {
      known: random.chance(0.6),
      budgetSeconds: 10 ** (random.unit() * 7.4),
      slots: random.pick([1, 2, 7, 64]),
      seed: random.below(1000),
    };
    const form = random.unit();
    const plain = () => mutate.plain(random, random.pick(plains));
    const write = (value) => {
      const json = JSON.stringify(value) ?? 'null';
      // The library's writer calls itself for each level, too.
      return json.length > 100_000 || /[[{]{200}|(?:\{"a":|\[){200}/.test(json) || random.chance(0.5)
        ? json
        : stringify(value);
    };
    const text =
      form < 0.5
        ? mutate.text(random, random.pick(examples))
        : form < 0.8
          ? write(plain())
          : form < 0.93
            ? write(extreme(random))
            : bomb(random);
    return { ...settings, text };
  },
  run({ text, known, budgetSeconds, slots, seed }) {
    const space = parseSearchSpace(
      text,
      'space.yaml',
      known ? { knownParameters: recipeParameters, valueSchemas: recipeSchema.shape } : {},
    );
    const plain = searchSpaceToPlain(space);
    const again = searchSpaceFromPlain(JSON.parse(JSON.stringify(plain)));
    require(spaceHash(again) === spaceHash(space), 'another space from its own plain form', () =>
      JSON.stringify(plain).slice(0, 500));
    const observations = [];
    for (let trial = 0; trial < 12; trial++) {
      const { configuration } = propose({ space, seed, trial, observations, from: 1, lowest: 1, top: 9 });
      for (const parameter of space.parameters) {
        if (!Object.hasOwn(configuration, parameter.name)) continue;
        const value = configuration[parameter.name];
        const fits =
          parameter.kind === 'constant'
            ? value === parameter.value
            : parameter.kind === 'choice'
              ? parameter.values.includes(value)
              : Number.isFinite(value) &&
                value >= parameter.low &&
                value <= parameter.high &&
                (parameter.kind === 'float' || Number.isInteger(value));
        require(fits, 'a value outside of its parameter', () => `${JSON.stringify(parameter).slice(0, 400)}: ${value}`);
      }
      observations.push({
        configuration,
        rungs: [1, 3, 9].slice(0, trial % 4).map((resource) => ({ resource, score: (trial % 5) / 5 })),
        failed: trial % 4 === 0,
      });
      if (known) parseRecipe(configuration);
    }
    const input = {
      budgetSeconds,
      searchStartsAt: 2,
      withFinal: true,
      scheduler: space.scheduler,
      budget: space.budget,
      slots,
      secondsPerUnit: 1,
      overheadSeconds: 1,
    };
    const { brackets, roundSeconds } = makePlan(input);
    require(Number.isFinite(roundSeconds), 'an endless plan', () => JSON.stringify(space.scheduler));
    for (const { trials, resource } of brackets.flat()) {
      require(Number.isSafeInteger(trials) &&
        trials > 0 &&
        resource > 0 &&
        Number.isFinite(resource), 'a rung that is none', `${trials} trials of ${resource}`);
    }
    shortestBudget(input);
    if (known) packResolutions(space, 4, 32);
  },
};
