import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { readDataset } from '../../../dist/data/dataset.js';
import { openPack } from '../../../dist/data/pack/open.js';
import { packDataset } from '../../../dist/data/pack/pack.js';
import { openReader } from '../../../dist/data/reader.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

function readAll(directory) {
  const pack = openPack(directory);
  const sums = [];
  for (const side of pack.resolutions) {
    const reader = openReader(pack, side);
    const image = new Uint8Array(reader.imageBytes);
    for (const split of ['train', 'validation', 'test']) {
      const { count, labels } = pack.splits[split];
      for (let index = 0; index < count; index++) {
        reader.read(split, index, image, 0);
        sums.push(crc32(image));
        require(split === 'test' ||
          (labels[index] >= 0 &&
            labels[index] <
              pack.classes
                .length), 'a label that is no class', `${split} ${index}: ${labels[index]} of ${pack.classes.length}`);
      }
    }
    reader.close();
  }
  return sums.join();
}

/** The files of a packed data set; packing again must mend what was changed. */
export const target = {
  async setup(folder) {
    const data = join(folder, 'data');
    for (let index = 0; index < 10; index++) {
      const place = join(data, ...(index < 8 ? ['train', index % 2 === 0 ? 'a' : 'b'] : ['test']));
      mkdirSync(place, { recursive: true });
      writeFileSync(
        join(place, `x${index}.png`),
        await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: index * 20, g: 5, b: 9 } } })
          .png()
          .toBuffer(),
      );
    }
    const dataset = await readDataset(data, { seed: 1, needTest: true });
    const options = { resolutions: [8, 16], chunkImages: 3 };
    const { pack } = await packDataset(dataset, { ...options, cacheDirectory: join(folder, 'original') });
    const files = readdirSync(pack.directory);
    return {
      dataset,
      options,
      files,
      original: join(folder, 'original'),
      name: pack.directory.split(sep).at(-1),
      whole: readAll(pack.directory),
    };
  },
  generate(random, { files, original, name }) {
    const changes = Array.from({ length: 1 + random.size(3) }, () => {
      const file = random.pick(files);
      const bytes = readFileSync(join(original, name, file));
      if (!file.endsWith('.json') || random.chance(0.3))
        return { file, bytes: random.chance(0.05) ? null : mutate.bytes(random, bytes) };
      if (random.chance(0.3)) return { file, bytes: Buffer.from(mutate.text(random, bytes.toString())) };
      let value = mutate.plain(random, JSON.parse(bytes.toString()), 1);
      // With a check sum that fits, the checks behind it are reached.
      if (typeof value?.record === 'object' && random.chance(0.8))
        value = { ...value, checksum: crc32(JSON.stringify([value.record, value.sources, value.odd])) };
      return { file, bytes: Buffer.from(JSON.stringify(value) ?? 'null'), mend: random.chance(0.8) };
    });
    return {
      changes,
      ...(random.chance(0.1)
        ? {
            folders: [
              `${name}-32`,
              `${name}-x`,
              `${name.replace(/-8-16$/, '')}-8-16-${random.pick(['', 'NaN', '1e9', '-1', '0', '../..'].filter((one) => !one.includes('/')))}`,
            ],
          }
        : {}),
    };
  },
  async run({ changes, folders = [] }, { folder, dataset, options, original, name, whole }) {
    const cacheDirectory = join(folder, 'cache');
    rmSync(cacheDirectory, { recursive: true, force: true });
    cpSync(original, cacheDirectory, { recursive: true });
    for (const extra of folders) cpSync(join(original, name), join(cacheDirectory, extra), { recursive: true });
    const directory = join(cacheDirectory, name);
    for (const { file, bytes, mend } of changes) {
      if (bytes === null) rmSync(join(directory, file), { force: true });
      else writeFileSync(join(directory, file), bytes);
      if (file === 'images.json' && mend && bytes !== null) {
        try {
          const record = JSON.parse(readFileSync(join(directory, 'pack.json'), 'utf8'));
          writeFileSync(join(directory, 'pack.json'), JSON.stringify({ ...record, imagesChecksum: crc32(bytes) }));
        } catch {
          // pack.json was changed too: it stays as it is.
        }
      }
    }
    let refusal = null;
    try {
      readAll(directory);
    } catch (error) {
      refusal = error;
    }
    const { pack } = await packDataset(dataset, { ...options, cacheDirectory });
    require(resolve(pack.directory).startsWith(cacheDirectory + sep), 'a path outside', pack.directory);
    require(readAll(pack.directory) === whole, 'a pack that was not mended', pack.directory);
    const strangers = readdirSync(folder).filter((one) => !['data', 'original', 'cache'].includes(one));
    require(strangers.length === 0, 'a file outside', strangers.join());
    if (refusal !== null) throw refusal;
  },
};
