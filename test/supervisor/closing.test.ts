import { describe, expect, it } from 'vitest';
import { close, hasStudy, recordedEnd } from '../../src/supervisor/closing.js';
import { simulate } from '../study/simulated.js';
import { temporaryFolder, writeJournal } from '../study/tiny-study.js';

describe("a study's folder", () => {
  it('without a journal holds no study, and no end', () => {
    const directory = temporaryFolder();
    expect(hasStudy(directory)).toBe(false);
    expect(recordedEnd(directory)).toBeNull();
  });

  it('says with which exit code its study has ended, and nothing before', async () => {
    const simulated = simulate();
    await simulated.play();
    const whole = writeJournal(temporaryFolder(), simulated.events, Date.now() / 1000);
    expect(recordedEnd(whole)).toBe(0);
    const begun = writeJournal(temporaryFolder(), simulated.events.slice(0, -1), Date.now() / 1000);
    expect(recordedEnd(begun)).toBeNull();
  });

  it('closes with the exit code of what stands: nothing is a failure', async () => {
    const simulated = simulate();
    await simulated.play();
    const end = simulated.events.findIndex(({ type }) => type === 'rung-finished');
    const directory = writeJournal(temporaryFolder(), simulated.events.slice(0, end), Date.now() / 1000);
    expect(close({ directory, submissionPath: null, reason: 'too late' })).toBe(1);
    expect(recordedEnd(directory)).toBe(1);
  });
});
