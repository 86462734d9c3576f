import { expect, test } from 'vitest';
import { summarise } from '../../src/report/summary.js';
import type { StudyEvent } from '../../src/state/events.js';
import { created, finished, preparation, started, stateOf, wholeStudy } from './example-study.js';

const files = [{ path: '/home/ada/submission.csv', description: '10,000 rows, from the final run' }];

test('a whole study reads as reason, best, trials, final run, time and files', () => {
  expect(summarise(stateOf(wholeStudy), files)).toMatchInlineSnapshot(`
    "clothes: ended after 5m57s with exit code 0: the final run ended on its deadline

    Best configuration of the search
      top-1 0.8700 on validation images: trial 1 (random), rung 2, 77,850 parameters
      network.family          plain
      optimizer.learningRate  0.3

    Trials
      3 tried, 2 with a score; 4 rungs finished, 1 failed: 1 diverged

    Final run
      trial 1, 12.5 epochs, 600,000 images, top-1 0.9123 on validation images

    Where the time went
                                     slot 0  slot 1
      preparation     5.0 s   1.4 %
      pack           20.0 s   5.6 %
      search         55.0 s  15.3 %  55.0 s  55.0 s
        start         1.0 s   0.3 %   1.0 s   1.0 s
        data          0.5 s   0.1 %   0.5 s   0.5 s
        step         39.5 s  11.0 %  39.5 s  39.5 s
        evaluate      2.0 s   0.6 %   2.0 s   2.0 s
        checkpoint    1.0 s   0.3 %   1.0 s   1.0 s
        lost          2.0 s   0.6 %   4.0 s   0.0 s
        idle          9.0 s   2.5 %   7.0 s  11.0 s
      decide          2.0 s   0.6 %
      final         270.0 s  75.0 %
        start         3.0 s   0.8 %
        data          2.0 s   0.6 %
        step        260.0 s  72.2 %
        evaluate      4.0 s   1.1 %
        checkpoint    1.0 s   0.3 %
      inference       3.0 s   0.8 %
      write           2.0 s   0.6 %
      reserve         3.0 s   0.8 %
      together      360.0 s   of 6m

    Files
      /home/ada/submission.csv  (10,000 rows, from the final run)
    "
  `);
});

test('a study that has done nothing has a headline and its time only', () => {
  expect(summarise(stateOf(preparation), [])).toMatchInlineSnapshot(`
    "clothes: preparing at 21s

    Where the time went
      preparation   1.0 s   4.8 %
      pack         20.0 s  95.2 %
      together     21.0 s   of 6m
    "
  `);
});

test('GPU memory is told as planned, as TensorFlow took it and as nvidia-smi saw it, side by side', () => {
  const mebibyte = 2 ** 20;
  const text = (changes: object) =>
    summarise(
      stateOf([
        ...wholeStudy,
        {
          type: 'gpu-memory',
          at: 300,
          limitBytes: 6e9,
          poolBytes: 5000 * mebibyte,
          overheadBytes: 500 * mebibyte,
          estimatedBytes: 3100 * mebibyte,
          allocatedBytes: 4096 * mebibyte,
          measuredBytes: 4601 * mebibyte,
          ...changes,
        },
      ]),
      files,
    );
  expect(text({})).toContain(
    [
      'GPU memory',
      '  largest training step by its plan     3,100 MiB',
      "  TensorFlow's pool at its largest      4,096 MiB",
      '  all processes at most, by nvidia-smi  4,601 MiB',
      '  limit                                 5,722 MiB',
      '',
    ].join('\n'),
  );
  expect(text({ allocatedBytes: null })).toMatch(/TensorFlow's pool at its largest +unknown\n/);
});

test('no line is wider than 100 columns, however long values and reasons are', () => {
  const long = 'a rather long word '.repeat(20).trim();
  const text = summarise(
    stateOf([
      ...preparation,
      created(0, { 'network.family': long, note: 'x'.repeat(300) }),
      started(0, 0, 25),
      finished(0, 0, 37, 0.5),
      { type: 'study-finished', at: 40, exitCode: 4, reason: long },
    ]),
    [],
  );
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(text.replaceAll(/\s+/g, ' ')).toContain(`with exit code 4: ${long}`);
});

test('a finished final run tells the rate at which it has trained, whatever its attempts have seen before', () => {
  const [before, after] = [wholeStudy.slice(0, -3), wholeStudy.slice(-3)];
  const point = (at: number, imagesPerSecond: number): StudyEvent => ({
    type: 'final-progress',
    at,
    fraction: 0.5,
    images: 500_000,
    epochs: 10,
    loss: 1,
    learningRate: 0.1,
    imagesPerSecond,
  });
  expect(summarise(stateOf([...before, point(200, 2000), point(300, 2500), ...after]), files)).toContain(
    'trial 1, 12.5 epochs, 600,000 images, 2,250 images/s, top-1 0.9123',
  );
});

test('a final run that failed says how often, why and the last message', () => {
  const failures = [100, 200].map(
    (at) =>
      [
        {
          type: 'final-started',
          at: at - 10,
          trial: 1,
          slot: 0,
          attempt: 1,
          memoryShare: 1,
          resolution: 32,
          learningRateFactor: 1,
          endsAt: 357,
          killAt: 359,
        },
        { type: 'final-failed', at, reason: 'out-of-memory', message: `no memory at ${at} s`, log: null },
      ] as const,
  );
  const events = [
    ...wholeStudy.slice(
      0,
      wholeStudy.findIndex(({ type }) => type === 'final-started'),
    ),
    ...failures.flat(),
  ];
  expect(summarise(stateOf(events), [])).toContain(
    'trial 1, failed after 0.0 epochs: 2 out of memory; no memory at 200 s',
  );
});

test('an interrupted rung is nobody’s failure', () => {
  const events = [
    ...preparation,
    created(0, {}),
    started(0, 0, 25),
    { type: 'study-interrupted', at: 30, reason: 'SIGINT' } as const,
  ];
  expect(summarise(stateOf(events), [])).toContain('1 tried, 0 with a score; 0 rungs finished, 0 failed\n');
});

test('a finished final run tells the views that its predictions are means of, where there are several', () => {
  const views = ['32 px', '32 px mirrored', '28 px'];
  const events = wholeStudy.map((event) => (event.type === 'final-finished' ? { ...event, views } : event));
  expect(summarise(stateOf(events), files)).toContain('predictions are means of 3 views: 32 px, 32 px mirrored, 28 px');
  const single = wholeStudy.map((event) => (event.type === 'final-finished' ? { ...event, views: ['32 px'] } : event));
  expect(summarise(stateOf(single), files)).not.toContain('views');
});
