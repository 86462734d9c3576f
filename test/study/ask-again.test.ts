import { describe, expect, it } from 'vitest';
import { askAgain, lessAmbitious, startTimeoutSeconds } from '../../src/study/ask-again.js';

/** Asks somebody who fails so many times first; what was left out before each attempt, and what was told. */
async function ask(failures: number, steps = lessAmbitious) {
  const attempts: (readonly string[])[] = [];
  const told: string[] = [];
  let without: readonly string[] = [];
  const answer = askAgain(
    async () => {
      attempts.push(without);
      if (attempts.length <= failures) throw new Error(`failure ${attempts.length}`);
      return 'found';
    },
    steps,
    (engines) => {
      without = engines;
    },
    (message) => told.push(message),
  );
  return { answer: await answer.catch((error: Error) => error.message), attempts, told };
}

describe('a probe that fails', () => {
  it('is made again without the GPU engines, then without any but WebAssembly, and says so', async () => {
    expect(await ask(0)).toEqual({ answer: 'found', attempts: [[]], told: [] });
    expect(await ask(2)).toEqual({
      answer: 'found',
      attempts: [[], ['native-gpu', 'webgpu'], ['native-gpu', 'webgpu', 'native-cpu']],
      told: [
        'failure 1; it is tried once more without native-gpu, webgpu',
        'failure 2; it is tried once more without native-gpu, webgpu, native-cpu',
      ],
    });
  });

  it('is given up after the last step, with its own error', async () => {
    expect(await ask(3)).toMatchObject({ answer: 'failure 3', attempts: { length: 3 } });
  });

  it('is made once more with the same engine where the user has named it', async () => {
    expect(await ask(1, [[]])).toEqual({
      answer: 'found',
      attempts: [[], []],
      told: ['failure 1; it is tried once more'],
    });
  });
});

describe('the time a process has to say hello', () => {
  it('is a tenth of the budget, within what starts take', () => {
    expect([60, 360, 3600, undefined].map((budget) => startTimeoutSeconds(budget))).toEqual([20, 36, 120, 20]);
  });
});
