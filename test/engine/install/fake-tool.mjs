// Stands for pip, npm and a compiler in tests: FAKE_REGISTRY holds index.json (requirement to file) and the files; calls are noted in calls.txt.
import { appendFileSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const words = process.argv.slice(2);
const registry = process.env.FAKE_REGISTRY ?? '.';
const after = (name) => words[words.indexOf(name) + 1];

function hand(requirement, folder) {
  const file = JSON.parse(readFileSync(join(registry, 'index.json'), 'utf8'))[requirement];
  if (file === undefined) {
    console.error(`ERROR: No matching distribution found for ${requirement}`);
    process.exit(1);
  }
  copyFileSync(join(registry, file), join(folder, file));
}

appendFileSync(join(registry, 'calls.txt'), `${words.join(' ')}\n`);
switch (words[0]) {
  case 'download':
    hand(readFileSync(after('--requirement'), 'utf8').split(' ')[0], after('--dest'));
    break;
  case 'pack':
    hand(words[1], after('--pack-destination'));
    break;
  default: {
    const missing = words.filter((word) => /\.(so\.2|cc)$/.test(word) && !existsSync(word));
    if (missing.length > 0) throw new Error(`no ${missing}`);
    writeFileSync(after('-o'), 'the addon');
  }
}
