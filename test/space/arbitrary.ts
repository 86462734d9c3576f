import fc from 'fast-check';
import { searchSpaceFromPlain } from '../../src/space/plain.js';
import type { ParameterValue, SearchSpace } from '../../src/space/types.js';

const confidence = fc.constantFrom('low', 'medium', 'high');
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

const numeric = fc
  .record({
    type: fc.constantFrom('float', 'int'),
    low: fc.integer({ min: 1, max: 50 }),
    width: fc.integer({ min: 0, max: 60 }),
    log: fc.boolean(),
    step: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    preset: fc.option(fraction, { nil: undefined }),
    confidence,
  })
  .map(({ type, low, width, log, step: wanted, preset, confidence: trust }) => {
    const step = wanted !== undefined && wanted <= width ? wanted : undefined;
    const grid = step ?? (type === 'int' ? 1 : undefined);
    const offset = (preset ?? 0) * width;
    return {
      type,
      low,
      high: low + width,
      log,
      ...(step === undefined ? {} : { step }),
      ...(preset === undefined
        ? {}
        : { default: low + (grid === undefined ? offset : Math.floor(offset / grid) * grid) }),
      confidence: trust,
    };
  });

const choice = fc
  .record({
    values: fc.uniqueArray(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b', 'c'), fc.boolean()), {
      minLength: 1,
      maxLength: 5,
    }),
    preset: fc.option(fc.nat(4), { nil: undefined }),
    confidence,
  })
  .map(({ values, preset, confidence: trust }) => ({
    type: 'choice' as const,
    values,
    ...(preset === undefined ? {} : { default: values[preset % values.length] as ParameterValue }),
    confidence: trust,
  }));

const parameter = fc.oneof(numeric, choice, fc.constant(7), fc.constant('fixed'));

/** Valid search spaces of up to 6 parameters; a parameter may depend on any earlier choice. */
export const searchSpaces: fc.Arbitrary<SearchSpace> = fc
  .array(fc.tuple(parameter, fc.boolean(), fc.nat(5), fc.nat(4)), { minLength: 1, maxLength: 6 })
  .map((rows) => {
    const parameters: Record<string, unknown> = {};
    for (const [index, [form, conditional, target, value]] of rows.entries()) {
      const on = rows[target % rows.length]?.[0];
      const usable = conditional && target % rows.length < index && typeof on === 'object' && on.type === 'choice';
      const when = usable ? { [`p${target % rows.length}`]: [on.values[value % on.values.length]] } : {};
      parameters[`p${index}`] = typeof form === 'object' ? { ...form, when } : form;
    }
    return searchSpaceFromPlain({ name: 'any', parameters });
  });

/** A stream of numbers in [0, 1) that may be as odd as it likes. */
export const streams: fc.Arbitrary<() => number> = fc
  .infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  .map((stream) => () => stream.next().value as number);
