import { formatDuration, parseDuration } from '../../../dist/budget/duration.js';
import { parseStartedAt } from '../../../dist/cli/started-at.js';
import { parseByteSize } from '../../../dist/engine/gpu/size.js';
import { parseCpuQuota, usableCores } from '../../../dist/study/cores.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

const examples = {
  duration: ['90s', '6m', '9h', '1h30m', '2d', '0.5h', '600', '1 h 30 m', '.5s'],
  size: ['6GB', '6GiB', '500 MB', '6000000000', '1.5kib'],
  threads: ['2', '16'],
  instant: ['1764100800', '1764100800.5', '2026-11-25T20:00:00Z', '2026-11-25 20:00:00,5+01:00'],
  quota: ['200000 100000', 'max 100000'],
};

/** Durations, sizes and counts, as they stand on a command line or in the environment. */
export const target = {
  generate(random) {
    const kind = random.pick(Object.keys(examples));
    const word = random.pick(examples[kind]);
    return {
      kind,
      word: random.chance(0.1) ? word.slice(0, 1).repeat(random.size(1_000_000)) + word : mutate.text(random, word),
    };
  },
  run({ kind, word }) {
    switch (kind) {
      case 'duration': {
        const seconds = parseDuration(word, '--budget');
        require(seconds > 0 && seconds <= 365 * 86_400, 'a duration out of its range', `${word}: ${seconds}`);
        if (seconds >= 0.05) {
          const again = parseDuration(formatDuration(seconds), 'again');
          require(Math.abs(again - seconds) <=
            (seconds < 9.95
              ? 0.051
              : 0.501), 'another duration when written and read', `${word}: ${seconds}, ${again}`);
        }
        return;
      }
      case 'size': {
        const bytes = parseByteSize(word, '--gpu-memory');
        require(Number.isSafeInteger(bytes) &&
          bytes >= 1 &&
          bytes <= 1e15, 'a size out of its range', `${word}: ${bytes}`);
        return;
      }
      case 'threads': {
        const cores = usableCores({ HYPERBUDGET_THREADS: word });
        require(Number.isSafeInteger(cores) && cores >= 1, 'no count of cores', `${word}: ${cores}`);
        return;
      }
      case 'instant': {
        const now = 1_764_105_000;
        const instant = parseStartedAt(word, 10_000, now);
        require(instant <= now && instant > now - 10_000, 'an instant out of its range', `${word}: ${instant}`);
        return;
      }
      case 'quota':
        require(parseCpuQuota(word) >= 1, 'no count of cores', word);
    }
  },
};
