import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../../dist/cli/main.js';
import { studyEvent } from '../../../dist/state/events.js';
import { exampleEvents } from '../example-study.js';
import * as mutate from '../mutate.js';
import { require, Violation } from '../violation.js';

/** Whole command lines of the commands that start nothing. */
export const target = {
  setup(folder) {
    const study = join(folder, 'study');
    mkdirSync(study, { recursive: true });
    writeFileSync(
      join(study, 'journal.jsonl'),
      exampleEvents(studyEvent, '/users/submission.csv')
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(''),
    );
    writeFileSync(join(folder, 'submission.csv'), 'image_id,label\na,1\nb,2\n');
    writeFileSync(join(folder, 'labels.csv'), 'image_id,class\na,1\nb,1\n');
    process.env.HYPERBUDGET_THREADS = '2';
    return {
      study,
      submission: join(folder, 'submission.csv'),
      labels: join(folder, 'labels.csv'),
      output: join(folder, 'out.json'),
    };
  },
  generate(random, { study, submission, labels, output }) {
    const quickstart = new URL('../../../search-spaces/quickstart.yaml', import.meta.url).pathname;
    const lines = [
      ['plan', '--space', quickstart, '--budget', '9h'],
      ['plan', '--budget', '6m', '--seed', '1'],
      ['export', study, '--top', '3', '--format', 'csv'],
      ['export', study, '-o', output],
      ['score', submission, labels],
      [
        'run',
        '--data',
        'nowhere',
        '--budget',
        '9h',
        '--out',
        join(study, 'out'),
        '--headless',
        '--gpu-memory',
        '6GB',
        '--precision',
        'f32',
      ],
      ['final', '--config', 'nowhere.json', '--data', 'nowhere', '--budget', '1h'],
      ['resume', join(study, 'nowhere'), '--json'],
      ['pack', 'nowhere', '--resolution', '28,64'],
      ['example', 'fashion', 'nowhere'],
      ['engine', 'install', 'tpu'],
      ['help'],
    ];
    const words = [...random.pick(lines)];
    for (let change = random.size(4); change > 0 && words.length > 0; change--) {
      const at = random.below(words.length);
      switch (random.below(5)) {
        case 0:
          words[at] = mutate.text(random, words[at]).slice(0, 100_000);
          break;
        case 1:
          words.splice(at, 1);
          break;
        case 2:
          words.splice(
            at,
            0,
            random.pick([
              '--',
              '--budget',
              '--space',
              '--top=1',
              '-o',
              '--help',
              '--version',
              '',
              '--seed=1e400',
              '--x',
              '-',
              '--budget=0',
              ...mutate.names,
            ]),
          );
          break;
        case 3:
          words[at] = String(random.pick(mutate.numbers));
          break;
        default:
          words[at] = random.pick([
            study,
            submission,
            '/dev/zero',
            '/dev/null',
            '/proc/self/mem',
            '.',
            '/',
            ...mutate.names,
          ]);
      }
    }
    // The operating system ends a word at its first zero byte. Whatever the words have become, nothing that starts or fetches something.
    const clean = words
      .map((word) => word.split('\0')[0])
      .filter((word, index) => index > 0 || !['doctor', 'engine'].includes(word));
    const starts = ['engine', 'doctor', 'example', 'pack', 'run', 'search', 'final', 'resume'].includes(clean[0]);
    return {
      words:
        starts &&
        clean.some((word) => ['cpu', 'gpu', 'remove', 'install', 'fashion-mnist', '.', '/', study].includes(word))
          ? ['help']
          : clean,
    };
  },
  async run({ words }, { output }) {
    const written = { stdout: '', stderr: '' };
    const before = {};
    for (const name of ['stdout', 'stderr']) {
      before[name] = process[name].write;
      process[name].write = (text) => {
        written[name] += text;
        return true;
      };
    }
    let code;
    try {
      code = await main(['node', 'hyperbudget', ...words.filter((word) => word !== output || words[0] === 'export')]);
    } finally {
      for (const name of ['stdout', 'stderr']) process[name].write = before[name];
    }
    require(code === 0 || code === 2, 'not an InputError', () => `exit code ${code}: ${written.stderr.slice(0, 800)}`);
    if (code === 0) return;
    require(!/\n\s+at /.test(written.stderr), 'stack', written.stderr.slice(0, 800));
    // Called without a command, the help is the answer.
    if (written.stderr === '' || written.stderr.startsWith('Usage: hyperbudget ')) return;
    require(/^hyperbudget: [^\n]*\n$/.test(written.stderr), 'not one line', () =>
      JSON.stringify(written.stderr.slice(0, 800)));
    require(written.stderr.length < 4000, 'message too long', () => written.stderr.slice(0, 200));
    const controls = /[\p{Cc}\u2028\u2029]/u.exec(written.stderr.trimEnd());
    if (controls) throw new Violation('control characters in a message', JSON.stringify(written.stderr.slice(0, 500)));
    return /expected (.*?), got /.exec(written.stderr)?.[1] ?? 'without what was expected';
  },
};
