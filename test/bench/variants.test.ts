import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import seedrandom from 'seedrandom';
import { describe, expect, it } from 'vitest';
import { finalAssignment, rungAssignment } from '../../bench/accuracy/assignments.js';
import { readAblation, readVariant, trainingOf, trainingsOf, turns } from '../../bench/accuracy/variants.js';
import { parseSearchSpace } from '../../src/space/parse.js';
import { sampleConfiguration } from '../../src/space/sample.js';
import { anyAssignment } from '../../src/trial/protocol.js';

const base = { resolution: 28, 'network.width': 16, 'average.decay': 0.9 };

describe('a variant of a training', () => {
  it('changes parameters, settings of the space and options of the command by their names', () => {
    const changes = { 'network.width': 24, 'final.useValidation': false, precision: 'f32', 'average.decay': null };
    const { configuration, plain, options } = trainingOf(base, changes);
    expect(configuration).toEqual({ resolution: 28, 'network.width': 24 });
    expect(plain).toEqual({ name: 'bench', parameters: configuration, final: { useValidation: false } });
    expect(options).toEqual({ precision: 'f32' });
  });

  it.each([
    { 'network.wdth': 24 },
    { 'final.useValidaton': true },
    { 'network.width': 1000 },
    { 'network.width': 'wide' },
  ])('is refused where neither the trainer nor a space knows it: %j', (changes) => {
    expect(() => trainingOf(base, changes)).toThrow(/expected/);
  });

  it('comes from a file with others, or from the command line', () => {
    const file = readAblation('data: a\nseconds: 9\nbase: {resolution: 28}\nvariants:\n  x: {network.width: 8}\n', 'f');
    expect(file).toEqual({ data: 'a', seconds: 9, base: { resolution: 28 }, variants: { x: { 'network.width': 8 } } });
    expect(readVariant('y: {network.width: 12}')).toEqual({ y: { 'network.width': 12 } });
    expect(() => readAblation('base: {}\nvariant: {}\n', 'f')).toThrow(/^f: expected .* got variant/);
    expect(() => readVariant('y')).toThrow(/^--variant: expected/);
  });

  it('is chosen by name, and the base always comes first', () => {
    const variants = { x: { 'network.width': 8 }, y: { 'network.width': 12 } };
    expect(trainingsOf({ base, variants }).map(({ name }) => name)).toEqual(['base', 'x', 'y']);
    expect(trainingsOf({ base, variants }, ['y']).map(({ name }) => name)).toEqual(['base', 'y']);
    expect(() => trainingsOf({ base, variants }, ['z'])).toThrow(/^--variants: expected some of x, y, got z/);
  });

  it('takes its turn from the other end in every second round', () => {
    expect([0, 1, 2].map((round) => turns(['a', 'b'], round))).toEqual([
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'b'],
    ]);
  });
});

describe('the ablations that come with the bench', () => {
  const folder = fileURLToPath(new URL('../../bench/accuracy/ablations', import.meta.url));

  it.each(readdirSync(folder))('are trainings that the program knows: %s', (name) => {
    const file = readAblation(readFileSync(`${folder}/${name}`, 'utf8'), name);
    expect(`${file.data}.yaml`).toBe(name);
    expect(file.seconds).toBeGreaterThan(0);
    expect(trainingsOf(file).length).toBeGreaterThan(8);
  });

  it.each(readdirSync(folder))('and what a trial process is told of them is what it reads: %s', (name) => {
    const where = {
      pack: { directory: '/packed', resolutions: [8, 512], test: 10 },
      ...{ folder: '/work', threads: 2, slots: 1 },
    };
    const terms = { seconds: 30, seed: 7 };
    for (const training of trainingsOf(readAblation(readFileSync(`${folder}/${name}`, 'utf8'), name))) {
      const final = anyAssignment.parse(finalAssignment(training, where, terms, 5));
      expect(final, training.name).toMatchObject({ type: 'final', endsAtSeconds: 35, seed: '7:final', threads: 2 });
      const rung = anyAssignment.parse(rungAssignment(training, where, terms, 5));
      expect(rung, training.name).toMatchObject({ type: 'rung', from: 0, to: 30, unit: 'seconds', threads: 2 });
    }
  });

  it('and so is every configuration of the space that proxies are tried on', () => {
    const file = `${folder}/../photos.yaml`;
    const space = parseSearchSpace(readFileSync(file, 'utf8'), file);
    const random = seedrandom.alea('photos');
    for (let drawn = 0; drawn < 50; drawn++)
      expect(trainingOf(sampleConfiguration(space, random), {}).configuration).toHaveProperty('resolution', 64);
  });
});
