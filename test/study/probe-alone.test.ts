import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { probeAlone } from '../../src/study/probe-alone.js';

const fakeTrial = fileURLToPath(new URL('../executor/fake-trial.mjs', import.meta.url));
const request = { threads: 1, classes: 2, candidates: [{ resolution: 8 }, { resolution: 16 }], secondsEach: 1 };

describe('a probe outside of any study', () => {
  it('reports the engine and a rate for each candidate', async () => {
    const command = [process.execPath, fakeTrial];
    const { hello, rates } = await probeAlone({ command, env: process.env }, request);
    expect(hello.description).toBe('a test engine');
    expect(rates.map(({ trainImagesPerSecond }) => trainImagesPerSecond)).toEqual([50, 50]);
  });

  it("tells the last lines of a failed process's log, whose file is gone by then", async () => {
    const script = 'for (let i = 0; i < 20; i++) console.error("line " + i); process.exit(3)';
    const command = [process.execPath, '-e', script];
    const failure = await probeAlone({ command, env: process.env }, request).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).toMatch(/exited with code 3\n {2}line 8\n.*line 19$/s);
    expect(String(failure)).not.toContain('its log');
  });

  it('ends with the reason of its signal', async () => {
    const reason = new Error('stopped by the user');
    const command = [process.execPath, '-e', 'setInterval(() => 0, 1000)'];
    const signal = AbortSignal.abort(reason);
    await expect(probeAlone({ command, env: process.env }, { ...request, signal })).rejects.toBe(reason);
  });
});
