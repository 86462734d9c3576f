import { describe, expect, it } from 'vitest';
import { afterEnd, type Course, type Ending, hear, mourn, newCourse } from '../../src/supervisor/course.js';
import type { StudyReport } from '../../src/supervisor/reports.js';

const opening: StudyReport = {
  type: 'opening',
  directory: '/study',
  budgetSeconds: 60,
  startedAtEpochSeconds: 0,
  submissionPath: null,
  screen: 'none',
  resume: ['resume', '/study'],
};
const opened = hear(newCourse, opening);
const working = hear(opened, { type: 'working' });
const killed: Ending = { kind: 'signal', signal: 'SIGKILL' };
const exit = (code: number): Ending => ({ kind: 'exit', code });
const died = (course: Course, times: number): Course => (times === 0 ? course : died(mourn(course), times - 1));

describe('after the end of a study process', () => {
  it.each([0, 3, 4])('exit code %i stands', (code) => {
    expect(afterEnd(working, exit(code), 50)).toEqual({ type: 'exit', code });
  });

  it.each([1, 2])('a failure (%i) stands before there is a study, and is tried again once it is at work', (code) => {
    expect(afterEnd(newCourse, exit(code), 50)).toEqual({ type: 'exit', code });
    expect(afterEnd(working, exit(code), 50)).toEqual({ type: 'restart', afterSeconds: 0 });
  });

  it('what the user can mend stands while the study is prepared', () => {
    expect(afterEnd(opened, exit(2), 50)).toEqual({ type: 'exit', code: 2 });
  });

  it('a preparation that fails is tried again like one that was killed, until it has died three times in a row', () => {
    const verdicts = [0, 1, 2, 3].map((deaths) => afterEnd(died(opened, deaths), exit(1), 50));
    expect(verdicts).toEqual([
      ...[0, 1, 2].map((afterSeconds) => ({ type: 'restart', afterSeconds })),
      { type: 'exit', code: 1 },
    ]);
  });

  it('whatever is no exit code of ours, or a signal, is a death: it is started again at once', () => {
    for (const ending of [killed, exit(134), exit(7)]) {
      expect(afterEnd(opened, ending, 50)).toEqual({ type: 'restart', afterSeconds: 0 });
    }
  });

  it('the wait doubles from 1 s to 30 s while nothing is finished in between', () => {
    const waits = [0, 1, 2, 5, 6, 20].map((deaths) => afterEnd(died(working, deaths), killed, 3600));
    expect(waits).toEqual([0, 1, 2, 16, 30, 30].map((afterSeconds) => ({ type: 'restart', afterSeconds })));
    expect(hear(died(working, 5), { type: 'progress' }).deaths).toBe(0);
  });

  it('a wait never costs the last chance to go on', () => {
    expect(afterEnd(died(working, 9), killed, 20)).toEqual({ type: 'restart', afterSeconds: 17 });
  });

  it('with too little time left what stands is put in place', () => {
    expect(afterEnd(working, killed, 1)).toEqual({ type: 'close' });
    expect(afterEnd(working, killed, -3)).toEqual({ type: 'close' });
  });

  it('a study that has said its end has ended so, however its process ended', () => {
    expect(afterEnd(hear(working, { type: 'finished', exitCode: 4 }), killed, 50)).toEqual({ type: 'exit', code: 4 });
  });

  it('a user who has asked to stop is not given another process', () => {
    expect(afterEnd({ ...working, interrupted: true }, killed, 50)).toEqual({ type: 'exit', code: 3 });
    expect(afterEnd({ ...working, interrupted: true }, exit(1), 50)).toEqual({ type: 'exit', code: 3 });
  });

  it('a command that dies again and again before there is a study is given up', () => {
    const forever = Number.POSITIVE_INFINITY;
    expect(afterEnd(died(newCourse, 2), killed, forever)).toMatchObject({ type: 'restart' });
    expect(afterEnd(died(newCourse, 3), killed, forever)).toEqual({ type: 'exit', code: 1 });
    // Taken up after its deadline: there is none any more.
    expect(afterEnd(died(working, 3), killed, forever)).toEqual({ type: 'exit', code: 1 });
  });
});
