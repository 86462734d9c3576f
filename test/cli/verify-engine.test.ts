import { describe, expect, it } from 'vitest';
import { verifyEngine } from '../../src/cli/verify-engine.js';

/** A trial process whose engine has a description and trains at a rate; it refuses to start with another pin than native-cpu. */
function machine(description: string, rate: number) {
  const script = `
    const { writeSync } = require('node:fs');
    const { HYPERBUDGET_ENGINE: engine, HYPERBUDGET_ENGINES: engines } = process.env;
    if (engine !== 'native-cpu' || engines !== '/engines') throw new Error('not pinned: ' + engine + ' ' + engines);
    const report = (message) => writeSync(3, JSON.stringify(message) + '\\n');
    const facts = { engine, description: ${JSON.stringify(description)}, precision: 'bf16', exclusive: false };
    report({ type: 'hello', protocol: 1, pid: process.pid, ...facts, unavailable: [], precisions: [] });
    process.stdin.once('data', (line) => {
      const rates = { trainImagesPerSecond: ${rate}, replicas: 1, inferenceImagesPerSecond: 1, parameters: 1, macsPerImage: 1 };
      report({ type: 'probe-result', rates: JSON.parse(line).candidates.map(() => rates) });
    });`;
  return { command: [process.execPath, '-e', script], env: process.env, threads: 2 };
}

describe('trying an engine', () => {
  it('tells what it is and how fast it trains', async () => {
    const words = await verifyEngine('cpu', '/engines', machine('TensorFlow 2.18.1 on the CPU', 1234.5));
    expect(words.split('\n')).toEqual([
      'TensorFlow 2.18.1 on the CPU, bf16',
      '  1235 images/s, residual network of width 16 at 28 px',
      '  1235 images/s, residual network of width 16 at 64 px',
    ]);
  });

  it('does not take the build of another origin for it', async () => {
    await expect(verifyEngine('cpu', '/engines', machine('TensorFlow 2.9.1 on the CPU', 100))).rejects.toThrow(
      'expected TensorFlow 2.18.1 from /engines, got TensorFlow 2.9.1 on the CPU',
    );
  });

  it('fails where a network does not train', async () => {
    await expect(verifyEngine('cpu', '/engines', machine('TensorFlow 2.18.1 on the CPU', 0))).rejects.toThrow(
      'does not train a residual network of width 16 at 28 px',
    );
  });

  it('fails where the process does, with its words', async () => {
    await expect(verifyEngine('cpu', '/other', machine('TensorFlow 2.18.1', 1))).rejects.toThrow(
      'not pinned: native-cpu /other',
    );
  });
});
