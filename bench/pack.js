// Packing photos beside Pillow, sharp and vipsthumbnail: `npm run bench -- pack [FOLDER]`. See bench/README.md.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makePhotos } from './pack/images.js';
import { findPillow } from './pack/pillow.js';

const options = {
  side: { type: 'string', default: '128' },
  images: { type: 'string', default: '2000' },
  rounds: { type: 'string', default: '5' },
  venv: { type: 'string' },
  'no-install': { type: 'boolean', default: false },
};
const script = (name) => fileURLToPath(new URL(`pack/${name}`, import.meta.url));
const quoted = (...words) => words.map((word) => `'${String(word).replaceAll("'", "'\\''")}'`).join(' ');

/** Shell commands by variant; each gets an empty folder to write to. */
function variantsOf({ folder, list, side, python }) {
  const node = process.execPath;
  const cores = availableParallelism();
  const all = { ours: (out) => quoted(node, script('ours.js'), folder, side, out) };
  if (python !== null) {
    all.pillow = (out) => quoted(python, script('pillow.py'), list, side, join(out, 'pixels'), cores);
  }
  all.sharp = (out) => quoted(node, script('sharp.js'), list, side, join(out, 'pixels'));
  if (spawnSync('vipsthumbnail', ['--version'], { stdio: 'ignore' }).status === 0) {
    const each = quoted('vipsthumbnail', '--vips-concurrency=1', '--size', `${side}x${side}!`);
    all.vipsthumbnail = (out) => `xargs -P ${cores} -n 64 ${each} -o ${quoted(join(out, '%s.ppm'))} < ${quoted(list)}`;
  } else {
    console.log('without vipsthumbnail: it is not installed');
  }
  return all;
}

/** Wall clock and processor time of a command from its start to its end, in seconds. */
function measure(command, out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `${command} >&2; code=$?; times; exit $code`], {
    encoding: 'utf8',
  });
  const wall = (performance.now() - begin) / 1000;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-2000)}`);
  // The second line of `times` is that of the children: 0m1.234s 0m0.123s.
  const times = stdout
    .trim()
    .split('\n')
    .at(-1)
    .match(/[\d.]+/g)
    .map(Number);
  return { wall, processor: times[0] * 60 + times[1] + times[2] * 60 + times[3] };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function printTable(rounds, images) {
  const names = Object.keys(rounds[0]);
  const base = names.includes('pillow') ? 'pillow' : 'sharp';
  const ratio = (name, kind) => median(rounds.map((round) => round[base][kind] / round[name][kind])).toFixed(2);
  console.log(`\n${'variant'.padEnd(15)}images/s   x ${base}   ms of a core an image   x ${base}`);
  for (const name of names) {
    const rate = images / median(rounds.map((round) => round[name].wall));
    const cost = (1000 * median(rounds.map((round) => round[name].processor))) / images;
    console.log(
      [
        name.padEnd(13),
        rate.toFixed(0).padStart(10),
        ratio(name, 'wall').padStart(10),
        cost.toFixed(2).padStart(24),
        ratio(name, 'processor').padStart(10),
      ].join(''),
    );
  }
}

export async function main(args) {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const work = mkdtempSync(join(tmpdir(), 'hyperbudget-bench-pack-'));
  try {
    const { python, reason } = findPillow(values.venv, !values['no-install']);
    if (reason !== null) console.log(`without Pillow: ${reason}`);
    const folder = join(work, 'photos');
    const paths = await makePhotos(folder, Number(values.images), positionals[0]);
    const list = join(work, 'list');
    writeFileSync(list, `${paths.join('\n')}\n`);
    const variants = variantsOf({ folder, list, side: Number(values.side), python });
    console.log(`${paths.length} photos to squares of ${values.side} px on ${availableParallelism()} cores, in turns`);
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const names = Object.keys(variants);
      const found = {};
      for (const name of round % 2 === 0 ? names : names.reverse()) {
        found[name] = measure(variants[name](join(work, 'out')), join(work, 'out'));
      }
      rounds.push(found);
    }
    printTable(rounds, paths.length);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
