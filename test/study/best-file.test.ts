import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBest } from '../../src/report/read-best.js';
import { BestFile } from '../../src/study/best-file.js';
import { replay } from '../../src/study/log.js';
import { simulate } from './simulated.js';
import { temporaryFolder } from './tiny-study.js';

/** The events of a whole simulated study, and the state after each. */
async function played() {
  const simulated = simulate();
  await simulated.play();
  return simulated.events.map((event, index) => ({ event, state: replay(simulated.events.slice(0, index + 1)) }));
}

describe("a study's best.json", () => {
  it('is written as soon as a trial has a score, and again with every further one', async () => {
    const folder = temporaryFolder();
    const file = new BestFile(folder, () => undefined);
    for (const { event, state } of await played()) {
      file.after(event, state);
      const scored = state.trials.filter(({ rungs }) => rungs.some(({ status }) => status === 'finished')).length;
      if (scored > 0) expect(readBest(join(folder, 'best.json')).configurations).toHaveLength(Math.min(10, scored));
    }
  });

  it('that cannot be written is told of once, and written as soon as it can be', async () => {
    const folder = temporaryFolder();
    // A folder in the file's place takes no file, whoever writes it.
    mkdirSync(join(folder, 'best.json', 'full'), { recursive: true });
    const told: string[] = [];
    const file = new BestFile(folder, (message) => told.push(message));
    const events = await played();
    for (const { event, state } of events) file.after(event, state);
    expect(told).toEqual([expect.stringMatching(/^best\.json could not be written: /)]);
    rmSync(join(folder, 'best.json'), { recursive: true });
    const last = events.at(-1);
    if (last) file.after(last.event, last.state);
    expect(readBest(join(folder, 'best.json')).configurations.length).toBeGreaterThan(0);
  });
});
