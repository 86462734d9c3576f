import { describe, expect, it } from 'vitest';
import { close, hasStudy, recordedEnd } from '../../src/supervisor/closing.js';
import { simulate } from '../study/simulated.js';
import { temporaryFolder, writeJournal } from '../study/tiny-study.js';

const startedAtEpochSeconds = Date.now() / 1000;

describe("a study's folder", () => {
  it('without a journal holds no study, and no end', () => {
    const directory = temporaryFolder();
    expect(hasStudy({ directory, startedAtEpochSeconds: 1 })).toBe(false);
    expect(recordedEnd({ directory, startedAtEpochSeconds: 1 })).toBeNull();
  });

  it('says with which exit code its study has ended, and nothing before', async () => {
    const simulated = simulate();
    await simulated.play();
    const whole = writeJournal(temporaryFolder(), simulated.events, startedAtEpochSeconds);
    expect(recordedEnd({ directory: whole, startedAtEpochSeconds })).toBe(0);
    // Another study in the same folder is not this one.
    expect(recordedEnd({ directory: whole, startedAtEpochSeconds: 5 })).toBeNull();
    const begun = writeJournal(temporaryFolder(), simulated.events.slice(0, -1), startedAtEpochSeconds);
    expect(recordedEnd({ directory: begun, startedAtEpochSeconds })).toBeNull();
  });

  it('closes with the exit code of what stands: nothing is a failure', async () => {
    const simulated = simulate();
    await simulated.play();
    const end = simulated.events.findIndex(({ type }) => type === 'rung-finished');
    const directory = writeJournal(temporaryFolder(), simulated.events.slice(0, end), startedAtEpochSeconds);
    const study = { directory, startedAtEpochSeconds };
    expect(close(study, { directory, submissionPath: null, reason: 'too late' })).toBe(1);
    expect(recordedEnd(study)).toBe(1);
  });
});
