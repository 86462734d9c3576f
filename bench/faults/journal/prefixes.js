import { isDeepStrictEqual } from 'node:util';
import { searchSpaceFromPlain } from '../../../dist/space/plain.js';
import { parseJournal } from '../../../dist/study/journal.js';
import { replay } from '../../../dist/study/log.js';
import { Chance } from '../chance.js';
import { SimulatedLife } from '../simulate/play.js';

const noFaults = { rung: 0, final: 0, prediction: 0, placing: 0, writing: 0, commonKill: 0, rareKill: 0, instants: 0 };

/** What a simulated study must be told to go on with a real one. */
function scenarioOf(whole, chance) {
  const { created, space, data, engine, plan } = whole;
  return {
    study: 0,
    chance,
    budgetSeconds: created.budgetSeconds,
    mode: created.mode,
    slots: engine?.slots ?? 1,
    seed: created.seed,
    testImages: created.submissionPath === null ? 0 : (data?.test ?? 0),
    space: searchSpaceFromPlain(space.space),
    secondsPerUnit: plan?.secondsPerUnit ?? 1,
    probedSecondsPerUnit: plan?.secondsPerUnit ?? 1,
    overheadSeconds: 0.5,
    preparationSeconds: 1,
    inferenceImagesPerSecond: 1000,
    tickSeconds: 1,
    faults: noFaults,
  };
}

/**
 * Every byte prefix of a journal is read; at each line the rest of the study is played in virtual time, resumed at several instants.
 * @param content of the journal file.
 * @throws Error that says which prefix does not resume, and why.
 * @returns how many prefixes were read and how many studies played to their end.
 */
export async function checkPrefixes(content) {
  const { events, tornBytes } = parseJournal(content, 'journal.jsonl');
  const whole = replay(events);
  const texts = events.map((event) => JSON.stringify(event));
  let lines = 0;
  let played = 0;
  for (let bytes = 0; bytes <= content.length - tornBytes; bytes++) {
    const isLine = bytes > 0 && content[bytes - 1] === 0x0a;
    if (isLine) lines++;
    const prefix = content.subarray(0, bytes);
    try {
      checkReading(prefix, texts, lines);
      if ((isLine || bytes === 0) && lines < events.length)
        played += await playFrom(prefix, events.slice(0, lines), whole);
    } catch (error) {
      throw new Error(`the first ${bytes} bytes: ${error.stack}`);
    }
  }
  return { prefixes: content.length - tornBytes + 1, lines, played };
}

/** What was written whole is read, and what was torn is left out. */
function checkReading(prefix, texts, lines) {
  const read = parseJournal(prefix, 'journal.jsonl');
  const end = prefix.lastIndexOf(0x0a) + 1;
  if (read.events.length !== lines) throw new Error(`expected ${lines} events, got ${read.events.length}`);
  if (read.bytes !== end || read.tornBytes !== prefix.length - end)
    throw new Error(`kept ${read.bytes} bytes, not ${end}`);
  const last = read.events.at(-1);
  if (last && JSON.stringify(last) !== texts[lines - 1]) throw new Error('its last whole line has changed');
}

/** Plays the rest of the study, resumed at once, later, and around its deadline. Returns how many were played. */
async function playFrom(prefix, events, whole) {
  if (events.length === 0) return 0;
  const { at, plan } = replay(events);
  const { budgetSeconds } = whole.created;
  const endsAt = plan?.endsAt ?? budgetSeconds;
  const instants = [
    0,
    3,
    (budgetSeconds - at) / 2,
    endsAt - at,
    endsAt - at + 0.9 * (budgetSeconds - endsAt),
    budgetSeconds - at + 10,
  ];
  for (const later of instants) {
    const life = new SimulatedLife(scenarioOf(whole, new Chance(`${events.length}:${later}`)));
    life.disk.write(prefix, 0);
    life.now = at + Math.max(0, later);
    life.rules.backAt = life.now;
    for (const path of predictionsOf(events)) life.disk.predictions.add(`/study/${path}`);
    await life.play();
    requireKept(events, life.rules.state);
  }
  return instants.length;
}

const predictionsOf = (events) =>
  events.flatMap((event) => {
    if (event.type === 'prediction-ended' && event.failed === null) return [`trials/${event.trial}/predictions.csv`];
    if (event.type === 'final-predicted' && event.path !== null) return [event.path];
    return event.type === 'final-finished' && event.predictions !== null ? [event.predictions] : [];
  });

/** Finished rungs stay finished, trials keep their configurations, and the final model stays. */
function requireKept(events, end) {
  for (const event of events) {
    if (
      event.type === 'trial-created' &&
      !isDeepStrictEqual(end.trials[event.trial]?.configuration, event.configuration)
    )
      throw new Error(`trial ${event.trial} has another configuration`);
    if (event.type === 'rung-finished') {
      const record = end.trials[event.trial]?.rungs.find(({ rung }) => rung === event.rung);
      if (record?.result?.score !== event.score) throw new Error(`rung ${event.rung} of trial ${event.trial} was lost`);
    }
    if (event.type === 'final-finished' && end.final.status !== 'finished') throw new Error('the final model was lost');
  }
}
