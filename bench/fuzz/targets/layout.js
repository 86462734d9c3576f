import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { readDataset } from '../../../dist/data/dataset.js';
import { sourceState } from '../../../dist/data/pack/fingerprint.js';
import { checkSubmission, classPriorSubmission, writeSubmission } from '../../../dist/submission/submission.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

const ids = Array.from({ length: 8 }, (_, index) => `img${index}`);
const table = (part) =>
  `image_id,class\n${part.map((id, index) => `${id},${index % 2 === 0 ? 'cat' : 'dog'}`).join('\n')}\n`;

/** Files by path within the data folder; a link is given by where it leads. */
function layout(random) {
  const files = {};
  const extension = () => random.pick(['.jpeg', '.jpg', '.png', '.webp', '.JPG', '.gif', '.jpeg.txt', '']);
  switch (random.below(3)) {
    case 0:
      files['train.csv'] = table(ids.slice(0, 6));
      files['val.csv'] = table(ids.slice(6));
      for (const id of ids.slice(0, 6)) files[`train/${id}.jpeg`] = '';
      for (const id of ids.slice(6)) files[`val/${id}.jpeg`] = '';
      break;
    case 1:
      for (const [index, id] of ids.entries())
        files[`train${random.pick(['', '', '.X1'])}/${index % 2 === 0 ? 'cat' : 'dog'}/${id}.png`] = '';
      break;
    default:
      for (const [index, id] of ids.entries()) files[`${index % 2 === 0 ? 'cat' : 'dog'}/${id}.png`] = '';
  }
  for (let index = 0; index < 3; index++) files[`test/t${index}.png`] = '';
  for (let change = random.size(6); change > 0; change--) {
    const paths = Object.keys(files);
    const path = random.pick(paths);
    const name = random.pick(mutate.names).toWellFormed();
    switch (random.below(7)) {
      case 0:
        delete files[path];
        break;
      case 1:
        if (typeof files[path] === 'string' && path.endsWith('.csv'))
          files[path] = mutate.text(random, files[path]).toWellFormed();
        else files[join(dirname(path), `${name}${extension()}`)] = '';
        break;
      case 2:
        files[join(path.split('/')[0], name, `x${extension()}`)] = '';
        break;
      case 3:
        files[path] = {
          link: random.pick([
            '../outside.png',
            '/dev/zero',
            '/etc/passwd',
            'nowhere',
            '.',
            '..',
            path.split('/').at(-1),
            '/proc/self/mem',
            '/dev/null',
          ]),
        };
        break;
      case 4:
        if (!path.endsWith('.csv')) files[path] = { pipe: true };
        break;
      default:
        for (const csv of ['train.csv', 'val.csv']) {
          if (typeof files[csv] === 'string' && random.chance(0.7))
            files[csv] =
              `${files[csv]}${random.pick([...ids, ...mutate.names.filter((one) => one.length < 400)]).toWellFormed()},${name}\n`;
        }
    }
  }
  return files;
}

function write(root, files) {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    // What no file system would hold, or what stands in the way, is left out.
    if (
      path.includes('\0') ||
      !full.startsWith(root + sep) ||
      path.split('/').some((part) => Buffer.byteLength(part) > 250)
    )
      continue;
    try {
      mkdirSync(dirname(full), { recursive: true });
      if (typeof content === 'string') writeFileSync(full, content);
      else if (content.link !== undefined) symlinkSync(content.link, full);
      else spawnSync('mkfifo', [full]);
    } catch (error) {
      if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENOENT'].includes(error.code)) throw error;
    }
  }
}

/** Data folders with their tables: names, links, pipes, rows. */
export const target = {
  generate: (random) => ({ files: layout(random), seed: random.below(100), needTest: random.chance(0.5) }),
  async run({ files, seed, needTest }, { folder }) {
    const root = join(folder, 'data');
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    writeFileSync(join(folder, 'outside.png'), '');
    write(root, files);
    const dataset = await readDataset(root, { seed, needTest });
    const images = [...dataset.train, ...dataset.validation, ...dataset.test];
    for (const { path, id, label } of images) {
      require(resolve(path) === path && path.startsWith(root + sep), 'a path outside', path);
      require(id !== '' &&
        label >= -1 &&
        label < dataset.classes.length, 'an image without id or label', `${path}: ${id}, ${label}`);
    }
    await sourceState(dataset);
    const testIds = dataset.test.map(({ id }) => id);
    if (testIds.length === 0) return;
    for (const label of dataset.classes) {
      const submission = join(folder, 'submission.csv');
      const rows = classPriorSubmission(testIds, [label], Int32Array.of(0));
      writeSubmission(submission, rows);
      const check = checkSubmission(submission, testIds);
      require(check.missing + check.unknown + check.duplicates === 0, 'a submission that is not whole', () =>
        JSON.stringify({ check, testIds, label }).slice(0, 600));
    }
    require(readdirSync(folder).every((name) =>
      ['data', 'outside.png', 'submission.csv'].includes(name),
    ), 'a file outside', readdirSync(folder).join(', '));
    require(lstatSync(join(folder, 'outside.png')).size === 0, 'a file changed outside', 'outside.png');
  },
};
