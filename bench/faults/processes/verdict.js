import { rungCost } from '../../../dist/scheduler/cost.js';
import { searchSpaceFromPlain } from '../../../dist/space/plain.js';
import { parseJournal } from '../../../dist/study/journal.js';
import { Rules } from '../simulate/rules.js';

/** More than this after the deadline is an overshoot. */
const toleranceSeconds = 1;

/** What a whole run came to, against what is promised. */
export function verdictOf(run) {
  const { plot, tail, deadlineAt, endedAt, resumedAt } = run;
  const finished = tail.events.find(({ type }) => type === 'study-finished') ?? null;
  const lateSeconds = (endedAt - Math.max(deadlineAt, (resumedAt ?? 0) + 4000)) / 1000;
  const broken = [];
  const legal = problemOfJournal(tail.lines, plot);
  if (legal !== null) broken.push(`journal: ${legal}`);
  if (lateSeconds > toleranceSeconds) broken.push(`overshoot of ${lateSeconds.toFixed(2)} s`);
  const hasFullDisk = plot.condition === 'small disk';
  if (finished === null && !hasFullDisk) broken.push('it did not finish');
  if (run.invalid.length > 0) broken.push(`invalid submission: ${run.invalid[0]} (${run.invalid.length} times)`);
  if (!run.submissionStands) broken.push('no submission');
  if (run.orphans.length > 0) broken.push(`orphans: ${run.orphans.join('; ')}`);
  const lost = tail.lost.filter((line) => /"type":"(rung|final)-finished"/.test(line)).length;
  if (lost > 0) broken.push(`${lost} finished trials were lost`);
  if (finished && typeof run.code === 'number' && run.code !== finished.exitCode)
    broken.push(`exit code ${run.code}, in the journal ${finished.exitCode}`);
  return {
    run: plot.run,
    condition: plot.condition,
    budgetSeconds: plot.budgetSeconds,
    injected: run.injected,
    overshootSeconds: Math.max(0, (endedAt - deadlineAt) / 1000),
    isOvershoot: lateSeconds > toleranceSeconds,
    lost,
    invalid: run.invalid.length,
    orphans: run.orphans.length,
    usedShare: finished === null ? null : finished.at / plot.budgetSeconds,
    exitCode: finished?.exitCode ?? null,
    recoveries: run.recoveries,
    retrainedSeconds: retrainedSeconds(tail.events),
    told: run.told,
    broken,
  };
}

/** The rules of the simulated studies hold for the journal of a real one. */
function problemOfJournal(lines, plot) {
  try {
    const { events } = parseJournal(Buffer.from(lines.map((line) => `${line}\n`).join('')), 'journal.jsonl');
    const space = events.find(({ type }) => type === 'space-chosen');
    const scenario = {
      budgetSeconds: plot.budgetSeconds,
      mode: 'run',
      testImages: 40,
      space: space ? searchSpaceFromPlain(space.space) : null,
    };
    const rules = new Rules(scenario, null);
    for (const event of events) rules.see(event);
    return null;
  } catch (error) {
    return error.message;
  }
}

/**
 * Training that was done again, in seconds: what the attempts at a rung that finished trained together beyond what it needs, and of the final run
 * what came after its last checkpoint before a kill.
 */
function retrainedSeconds(events) {
  const scheduler = events.find(({ type }) => type === 'space-chosen')?.space.scheduler;
  let seconds = 0;
  let finalSavedAt = null;
  let finalAt = null;
  for (const event of events) {
    switch (event.type) {
      case 'rung-finished': {
        const to = resourceOf(events, event.trial, event.rung);
        const needed = rungCost({ ...scheduler, from: resourceOf(events, event.trial, event.rung - 1), to });
        const before = earlierAttempts(events, event);
        seconds += Math.max(0, Math.min(before, before + event.trainSeconds - needed));
        break;
      }
      case 'final-started':
        finalSavedAt = event.at;
        finalAt = event.at;
        break;
      case 'final-checkpoint':
        finalSavedAt = event.at;
        break;
      case 'final-progress':
        finalAt = event.at;
        break;
      case 'final-failed':
      case 'study-resumed':
        if (finalAt !== null) seconds += Math.max(0, finalAt - finalSavedAt);
        finalAt = null;
        break;
    }
  }
  return seconds;
}

function resourceOf(events, trial, rung) {
  return events.find((one) => one.type === 'rung-started' && one.trial === trial && one.rung === rung)?.resource ?? 0;
}

/** Seconds between the first and the last sign of each attempt at a rung before the one that finished. */
function earlierAttempts(events, { trial, rung }) {
  let sum = 0;
  let first = null;
  let last = null;
  for (const event of events) {
    if (event.trial !== trial) continue;
    if (event.type === 'rung-started' && event.rung === rung) {
      sum += first === null ? 0 : last - first;
      first = null;
    }
    if (event.type === 'rung-progress') {
      first ??= event.at;
      last = event.at;
    }
    if (event.type === 'rung-finished' && event.rung === rung) return sum;
  }
  return sum;
}
