import { makePlan } from '../../../dist/budget/plan.js';
import { searchSpaceToPlain } from '../../../dist/space/plain.js';
import { preparingEndsAt } from '../../../dist/study/decide.js';

/** Whether a scenario's study is to write a submission. */
export const wantsSubmission = ({ mode, testImages }) => mode !== 'search' && testImages > 0;

/** What opening a study records: its creation, or that it is resumed. */
export function open(scenario, log, clock) {
  const at = clock.nowSeconds();
  const before = log.state;
  if (before.created) {
    log.record({ type: 'study-resumed', at, downSeconds: Math.max(0, at - before.at) });
    return;
  }
  const { mode, seed, budgetSeconds, space } = scenario;
  const created = {
    type: 'study-created',
    at: 0,
    version: 1,
    name: 'simulated',
    mode,
    seed,
    budgetSeconds,
    startedAtEpochSeconds: 0,
    dataDirectory: '/data',
    submissionPath: wantsSubmission(scenario) ? '/submission.csv' : null,
    versions: {},
  };
  const chosen = { type: 'space-chosen', at, source: 'random.yaml', hash: '0', space: searchSpaceToPlain(space) };
  const configuration = { 'optimizer.learningRate': 0.2, 'network.width': 8 };
  const given = { type: 'trial-created', at, trial: 0, bracket: 0, configuration, origin: 'given' };
  const ended = { type: 'search-ended', at, reason: 'the configuration was given', winner: 0 };
  log.record(created, chosen, ...(mode === 'final' ? [given, ended] : []));
}

/** What a host does before the study can work, without the files. Returns false where no time was left for it. */
export function prepare(scenario, log, clock) {
  const { testImages } = scenario;
  if (wantsSubmission(scenario) && !log.state.submission) {
    const where = { trial: null, rung: null, rows: testImages, path: '/submission.csv' };
    log.record({ type: 'submission-written', at: clock.nowSeconds(), source: 'class-prior', ...where });
  }
  // A host cuts its preparation off shortly before the deadline.
  const latest = Math.max(clock.nowSeconds(), preparingEndsAt(log.state));
  pass(clock, Math.min(latest, clock.nowSeconds() + secondsOf(scenario, log.state)));
  const at = clock.nowSeconds();
  if (at >= latest && !log.state.plan) {
    const exitCode = log.state.submission ? 4 : 1;
    log.record({ type: 'study-finished', at, exitCode, reason: 'preparing took the whole budget' });
    return false;
  }
  const slots = slotsOf(scenario, log.state.engine);
  if (log.state.engine?.slots !== slots) {
    const facts = { engine: 'simulated', description: '', precision: 'f32', precisions: [], unavailable: [] };
    log.record({ type: 'engine-chosen', at, ...facts, exclusive: false, slots, threads: slots });
  }
  if (!log.state.data) {
    const packed = { directory: '/packed', fingerprint: 'f', resolutions: [32], oddities: {}, reused: false };
    const counts = { classes: 10, train: 1000, validation: 100, test: testImages };
    log.record({ type: 'data-packed', at, seconds: 0, ...counts, ...packed });
  }
  if (!log.state.plan) log.record(planned(scenario, slots, at));
  return true;
}

/** Lets the time pass up to an instant, and what is due until then happen. */
function pass(clock, until) {
  clock.at(until, () => undefined);
  while (clock.nowSeconds() < until) clock.advance();
}

/** What is prepared already is only looked at. */
const secondsOf = ({ preparationSeconds, chance }, { plan }) =>
  preparationSeconds * (plan ? chance.between(0.1, 0.5) : 1);

/** Resumed on another machine, now and then. */
function slotsOf({ chance, slots }, engine) {
  if (!engine) return slots;
  return chance.happens(0.1) ? chance.integer(1, 8) : engine.slots;
}

function planned({ space, mode, budgetSeconds, probedSecondsPerUnit: secondsPerUnit }, slots, at) {
  const plan = makePlan({
    budgetSeconds,
    searchStartsAt: at,
    withFinal: mode !== 'search',
    scheduler: space.scheduler,
    budget: space.budget,
    slots,
    secondsPerUnit,
    overheadSeconds: 1,
  });
  return {
    type: 'plan-made',
    at,
    searchEndsAt: mode === 'final' ? at : plan.searchEndsAt,
    endsAt: plan.endsAt,
    secondsPerUnit,
    overheadSeconds: 1,
    brackets: mode === 'final' ? [] : plan.brackets.map((bracket) => bracket.map((rung) => ({ ...rung }))),
    promotion: plan.promotion,
  };
}
