// The data sets of the accuracy benches, in the competition's layout, with hidden labels beside them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { extname, join } from 'node:path';
import { clothesSide, findClothesPackage, readClothes } from '../../dist/data/example/clothes.js';
import { writeFashionMnist } from '../../dist/data/example/fashion-mnist.js';
import { encodeGreyPng } from '../../dist/data/example/png.js';
import { splitClass } from '../../dist/data/example/split.js';
import { readCompetition } from '../../dist/data/layouts/competition.js';
import { InputError } from '../../dist/errors.js';
import { inShared } from '../shared.js';
import { pairsOf, stacked } from './pairs.js';
import { splitLabelled } from './split.js';

const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hyperbudget', 'bench');

/** Packed images of the benches, apart from the user's. */
export const benchPacks = join(cache, 'packed');

const folders = { train: 'train', validation: 'val', test: 'test' };

/** Makes a folder once: what `write` leaves half-written is written anew, as is what was made by other `terms`. */
async function madeOnce(folder, terms, write) {
  const [mark, text] = [`${folder}.json`, JSON.stringify(terms)];
  if (existsSync(mark) && readFileSync(mark, 'utf8') === text) return;
  rmSync(mark, { force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await write();
  writeFileSync(mark, text);
}

const table = (rows) => `image_id,class\n${rows.map(({ id, className }) => `${id},${className}\n`).join('')}`;
const labelsOf = (folder) => `${folder}-test-labels.csv`;

/** @param put writes the image of a row to a path. */
function writeSplit(folder, split, extensionOf, put) {
  for (const [part, name] of Object.entries(folders)) {
    mkdirSync(join(folder, name));
    for (const row of split[part]) put(row, join(folder, name, `${row.id}${extensionOf(row)}`));
  }
  // By id: neither a row's place nor a file's tells its class.
  const byId = (rows) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  writeFileSync(join(folder, 'train.csv'), table(byId(split.train)));
  writeFileSync(join(folder, 'val.csv'), table(byId(split.validation)));
  writeFileSync(labelsOf(folder), table(byId(split.test)));
}

async function fashionMnist() {
  const folder = join(cache, 'data', 'fashion-mnist');
  await writeFashionMnist(folder, { labelsPath: labelsOf(folder), onProgress: () => undefined });
  return folder;
}

async function clothing() {
  const archive = inShared('data', 'clothing14.tar');
  if (!existsSync(archive))
    throw new InputError('--data', 'the photos of clothing14', `no ${archive}`, 'HYPERBUDGET_SHARED=DIR');
  const folder = join(cache, 'data', 'clothing14');
  await madeOnce(folder, { archive }, () => {
    const parent = join(cache, 'data', 'clothing14.unpacked');
    rmSync(parent, { recursive: true, force: true });
    mkdirSync(parent, { recursive: true });
    const { status, stderr } = spawnSync('tar', ['-xf', archive, '-C', parent], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${archive} could not be unpacked: ${stderr}`);
    rmSync(folder, { recursive: true });
    renameSync(join(parent, 'clothing14'), folder);
    rmSync(parent, { recursive: true });
  });
  return folder;
}

/** The labelled images of a folder, those for validation included, divided anew. */
async function splitOf(name, source, split, { classes, ...parts }) {
  const folder = join(cache, 'data', `${name}-${split}`);
  await madeOnce(folder, { source, split, classes, parts }, () => {
    const { train, validation } = readCompetition(source);
    const labelled = [...train, ...validation].filter(({ className }) => classes?.includes(className) ?? true);
    const images = labelled.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const divided = splitLabelled(images, parts, `${name}:${split}`);
    writeSplit(
      folder,
      divided,
      ({ path }) => extname(path),
      ({ path }, target) => symlinkSync(path, target),
    );
  });
  return folder;
}

const threeClasses = async (split) =>
  splitOf('three-classes', await clothing(), split, {
    classes: ['1', '5', '8'],
    train: 50,
    validation: 10,
    test: 'rest',
  });

const pairCounts = { train: 200, validation: 50, test: 50 };

async function hundredPairs(split) {
  const folder = join(cache, 'data', `hundred-pairs-${split}`);
  await madeOnce(folder, { split, pairCounts, version: 1 }, () => {
    const pixels = [];
    const pools = [];
    for (const clothes of readClothes(findClothesPackage())) {
      const label = pixels.length;
      const splits = splitClass(label, clothes.length);
      // The example's test images stay out of it.
      const usable = clothes.filter(({ index }) => splits[index] !== 'test');
      pixels.push(new Map(usable.map(({ index, pixels: own }) => [index, own])));
      pools.push(usable.map(({ index }) => index));
    }
    const count = pairCounts.train + pairCounts.validation + pairCounts.test;
    const members = pairsOf(pools, count, `hundred-pairs:${split}`).map((pair, place) => ({
      ...pair,
      id: ((place * 2654435761) % 2 ** 32).toString(36).padStart(7, '0'),
    }));
    const divided = splitLabelled(members, pairCounts, `hundred-pairs:${split}`);
    writeSplit(
      folder,
      divided,
      () => '.png',
      ({ top, bottom }, target) => {
        const [one, two] = [top, bottom].map(({ label, index }) => pixels[label].get(index));
        writeFileSync(target, encodeGreyPng(stacked(one, two, clothesSide), clothesSide, clothesSide));
      },
    );
  });
  return folder;
}

/**
 * By name; `size` is the side in pixels that they are usually trained at, `choosing` makes the folder of a split that options may be chosen on,
 * `comparing` the one that a comparison with others is made on.
 */
export const dataSets = {
  'fashion-mnist': {
    about: 'Fashion-MNIST: 28 px grey photos of clothes, 10 classes',
    size: 28,
    heldOut:
      '10,000 of the 60,000 images that the example trains and validates on; its own test images are not looked at',
    choosing: async (split) => splitOf('fashion-mnist', await fashionMnist(), split, { test: 1000, validation: 500 }),
    /** Its own test images, the same for every split. */
    comparing: fashionMnist,
  },
  clothing14: {
    about: 'clothing14: 3,974 labelled photos of clothes, 14 classes of 80 to 817',
    size: 64,
    heldOut: 'a fifth of the labelled photos of each class',
    choosing: async (split) => splitOf('clothing14', await clothing(), split, { test: 0.2, validation: 0.15 }),
    comparing: async (split) => splitOf('clothing14', await clothing(), split, { test: 0.2, validation: 0.15 }),
  },
  'three-classes': {
    about: 'three classes of clothing14 (dress, outwear, shirt) with 60 labelled photos each',
    size: 64,
    heldOut: 'the other 653 labelled photos of the three classes',
    choosing: threeClasses,
    comparing: threeClasses,
  },
  'hundred-pairs': {
    about:
      'a piece of clothing above another, each 28 x 14 px: 100 classes of 250 labelled images, made from Fashion-MNIST',
    size: 28,
    heldOut: '50 images of each class, of clothes that stand in no other image',
    choosing: hundredPairs,
    comparing: hundredPairs,
  },
};

/** @throws InputError for a name that is none of them. */
export function dataSetOf(name) {
  if (Object.hasOwn(dataSets, name)) return dataSets[name];
  throw new InputError('--data', Object.keys(dataSets).join(', '), String(name), 'one of them');
}

/** The folder of a split and the file with its hidden labels. */
export async function prepareData(name, purpose, split) {
  const directory = await dataSetOf(name)[purpose](split);
  return { directory, labels: labelsOf(directory) };
}
