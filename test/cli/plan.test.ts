import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { png, writeFiles } from '../data/samples.js';
import { startWith, temporaryFolder, tinySpace, write, writeColouredSquares } from './program.js';

async function plan(environment: NodeJS.ProcessEnv): Promise<string> {
  const { ended } = startWith({ HYPERBUDGET_THREADS: '', ...environment }, temporaryFolder(), 'plan', '--budget', '2h');
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  return stdout;
}

it('a plan is for one trial at a time on an engine that has its device to itself', async () => {
  expect(await plan({ HYPERBUDGET_ENGINE: 'native-gpu' })).toMatch(
    /^Plan for the auto space within 2h, 1 trial at a time\n\n/,
  );
});

it('a plan says that the engine is not known yet, unless one core allows no more than one trial anyway', async () => {
  const unknown = { HYPERBUDGET_ENGINE: undefined };
  expect(await plan({ ...unknown, HYPERBUDGET_THREADS: '1' })).toMatch(/, 1 trial at a time\n\n/);
  const open = await plan(unknown);
  if (/, 1 trial at a time/.test(open)) expect(open).not.toMatch(/HYPERBUDGET_ENGINE/);
  else
    expect(open).toMatch(/trials at a time\nThe engine shows when a study starts: on a GPU one trial runs at a time\./);
});

it('a plan says how much disk packed data and checkpoints may take', async () => {
  const folder = temporaryFolder();
  await writeColouredSquares(folder);
  write(folder, { 'space.yaml': tinySpace });
  const words = ['plan', '--data', 'data', '--space', 'space.yaml', '--budget', '10m'];
  const { code, stdout } = await startWith({ HYPERBUDGET_THREADS: '1' }, folder, ...words).ended;
  expect(code).toBe(0);
  // 280 images of 16 x 16 pixels with three channels.
  expect(stdout).toMatch(/^packed data +216 kB {2}280 images at 16 px, in the cache folder$/m);
  const [, total, count, each] =
    /^checkpoints +(\d+) (?:kB|MB) {2}at most: (\d+) of up to (\d+) kB/m.exec(stdout) ?? [];
  expect(Number(count)).toBeGreaterThan(5);
  expect(Number(each)).toBeGreaterThan(10);
  expect(Number(total)).toBeGreaterThan(0);
  expect(await plan({})).toMatch(/^packed data +unknown {2}without --data$/m);
});

it('a plan for the auto space does not say what only a measurement shows, and checkpoints are those of its largest network', async () => {
  const folder = temporaryFolder();
  const image = await png(100, [200, 90, 30]);
  const names = ['train/a/1', 'train/b/2', 'val/a/3', 'val/b/4'];
  writeFiles(folder, Object.fromEntries(names.map((name) => [`data/${name}.png`, image])));
  const { code, stdout } = await startWith({}, folder, 'plan', '--data', 'data', '--budget', '10m').ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^preparation .* at 96 px, the largest side that the auto space may choose$/m);
  const unknown = 'unknown {2}known when the machine has been measured: the auto space chooses then';
  expect(stdout).toMatch(new RegExp(`^network +${unknown}\npacked data +${unknown}$`, 'm'));
  const [, each] =
    /^checkpoints .* of up to (\d+) MB, which the largest network of any auto space would have, in the study's folder$/m.exec(
      stdout,
    ) ?? [];
  // Width 32 has 1.2 million numbers, which are kept with their momenta and averages; the narrowest network has a sixteenth of them.
  expect(Number(each)).toBeGreaterThan(10);
});

it('a plan says what the network of the default configuration costs', async () => {
  const folder = temporaryFolder();
  const parameters = 'network.width: 16\n  network.blocks: 1\n  resolution: 28';
  write(folder, { 'space.yaml': `name: one\nparameters:\n  ${parameters}\nscheduler: {min: 20}\n` });
  const { code, stdout } = await startWith({}, folder, 'plan', '--space', 'space.yaml', '--budget', '2h').ended;
  expect(code).toBe(0);
  // Without data a hundred classes are planned for: 90 more than the 308,826 parameters of ten classes, each of 128 numbers and one.
  const words = 'parameters; \\S+ M multiply-accumulates to classify an image, \\d+ \\wB of activations to train on it';
  expect(stdout).toMatch(new RegExp(`^network +0.32 M  ${words}: the default configuration at 28 px$`, 'm'));
});

it('a plan counts on what is packed already, like the run that it announces', async () => {
  const folder = temporaryFolder();
  await writeColouredSquares(folder);
  write(folder, { 'space.yaml': tinySpace });
  const preparation = async (...more: readonly string[]) => {
    const words = ['plan', '--data', 'data', '--space', 'space.yaml', '--budget', '10m', ...more];
    const { code, stdout } = await startWith({}, folder, ...words).ended;
    expect(code).toBe(0);
    return /^preparation.*% {2}(.*)$/m.exec(stdout)?.[1];
  };
  expect(await preparation()).toMatch(/^packing 280 images in \S+, estimated from a sample$/);
  expect((await startWith({}, folder, 'pack', 'data', '--resolution', '16', '--cache', 'there').ended).code).toBe(0);
  expect(await preparation()).toMatch(/^packing 280 images/);
  expect(await preparation('--cache', 'there')).toBe('all 280 images are packed already');
  utimesSync(join(folder, 'data', 'train', readdirSync(join(folder, 'data', 'train'))[0] ?? ''), 1000, 1000);
  expect(await preparation('--cache', 'there')).toMatch(
    /^packing 1 of 280 images in \S+, estimated from a sample; the others are packed already$/,
  );
});
