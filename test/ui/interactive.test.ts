import { describe, expect, test } from 'vitest';
import { isInteractive, prefersAscii } from '../../src/ui/interactive.js';

const terminal = { isTTY: true };
const pipe = {};
const question = { stdout: terminal, stdin: terminal, env: { TERM: 'xterm-256color' }, headless: false };

describe('isInteractive', () => {
  test('a terminal on both ends is', () => {
    expect(isInteractive(question)).toBe(true);
    expect(isInteractive({ ...question, env: { CI: 'false' } })).toBe(true);
  });

  test.each([
    ['stdout is a pipe', { stdout: pipe }],
    ['stdin is a pipe', { stdin: pipe }],
    ['the terminal is dumb', { env: { TERM: 'dumb' } }],
    ['it runs in CI', { env: { CI: 'true' } }],
    ['CI is set to nothing', { env: { CI: '' } }],
    ['another CI variable is set', { env: { CI_JOB_ID: '7' } }],
    ['headless was asked for', { headless: true }],
  ])('not when %s', (_, change) => {
    expect(isInteractive({ ...question, ...change })).toBe(false);
  });
});

describe('prefersAscii', () => {
  test.each([
    [{}, false],
    [{ LANG: 'en_GB.UTF-8' }, false],
    [{ LANG: 'C.utf8' }, false],
    [{ LANG: 'C' }, true],
    [{ LANG: 'en_GB.UTF-8', LC_ALL: 'POSIX' }, true],
    [{ LANG: 'de_DE.ISO-8859-1' }, true],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, false],
  ])('in the locale of %j: %s', (env, ascii) => {
    expect(prefersAscii(env)).toBe(ascii);
  });
});
