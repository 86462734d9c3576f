import { existsSync } from 'node:fs';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { watchOutput } from '../../src/cli/output.js';
import { shell, temporaryFolder, write } from './program.js';

/** A stream whose every write ends so. */
const failing = (code: string | null) =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      if (code === null) done();
      else done(Object.assign(new Error(`${code}: it takes nothing`), { code }));
    },
  });

describe('what is printed', () => {
  it.each([
    ['is lost where the stream takes nothing', 'ENOSPC', 'ENOSPC: it takes nothing'],
    ['is not missed by a reader that has closed its end', 'EPIPE', null],
    ['stands where nothing goes wrong', null, null],
  ])('%s', async (_, code, problem) => {
    const stream = failing(code);
    const outcome = watchOutput(stream);
    stream.write('text');
    expect(await outcome()).toBe(problem);
  });
});

const plan = 'plan --space space.yaml --budget 1h';

describe('a command whose result goes to standard output', () => {
  const folder = () => {
    const made = temporaryFolder();
    write(made, {
      'space.yaml': 'name: a\nparameters: {optimizer.learningRate: {type: float, low: 0.1, high: 1}}\n',
    });
    return made;
  };

  it.skipIf(!existsSync('/dev/full'))('fails, and says why, where that is full', async () => {
    for (const command of [plan, 'plan --help']) {
      const { code, stderr } = await shell(folder(), `hyperbudget ${command} > /dev/full`);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /^hyperbudget: standard output: expected room for the result, got ENOSPC.*; try .*\n$/,
        ),
      });
    }
  });

  it.skipIf(!existsSync('/dev/full'))('does not fail for that where it has nothing to print', async () => {
    const { code, stderr } = await shell(folder(), 'hyperbudget plan --budget soon > /dev/full');
    expect({ code, lines: stderr.match(/\n/g)?.length }).toEqual({ code: 2, lines: 1 });
  });

  it('says nothing where its reader has closed the pipe', async () => {
    const { stdout, stderr } = await shell(folder(), `hyperbudget ${plan} | head -1`);
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^Plan for space\.yaml.*\n$/), stderr: '' });
  });
});
