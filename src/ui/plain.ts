import { unreachable } from '../errors.js';
import type { StudyEvent } from '../state/events.js';
import { correlationText } from '../state/rank-correlation.js';
import type { StudyState } from '../state/types.js';
import { engineWords } from './engine-words.js';
import { resourceUnit } from './model/brackets.js';
import { unicodeGlyphs } from './model/glyphs.js';
import { accuracy, clock, count, number4, percent, resource, seconds } from './model/numbers.js';
import { parameterText } from './model/parameters.js';
import { bestTitle, bestTrial, failureWord, latestScore } from './model/trials.js';

const { unknown } = unicodeGlyphs;

function top1(score: number | null): string {
  return score === null ? 'not judged' : `top-1 ${accuracy(score, unknown)}`;
}

function oddities(found: Readonly<Record<string, number>>): string {
  const parts = Object.entries(found).map(([kind, images]) => `${count(images, unknown)} ${kind}`);
  return parts.length === 0 ? '' : `; odd: ${parts.join(', ')}`;
}

function configurationText(configuration: Readonly<Record<string, number | string | boolean>>): string {
  return Object.entries(configuration)
    .map(([name, value]) => `${name}=${parameterText(value, unknown)}`)
    .join(' ');
}

function attemptText({ attempt, memoryShare }: { readonly attempt: number; readonly memoryShare: number }): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return memoryShare < 1 ? `${again} with ${percent(memoryShare)} of the micro-batch` : again;
}

function modelText({ trial, rung }: { readonly trial: number; readonly rung: number | null }): string {
  return rung === null ? "the final run's checkpoint" : `trial ${trial}`;
}

function words(event: StudyEvent, state: StudyState): string | null {
  switch (event.type) {
    case 'study-created':
      return `study ${event.name}: ${event.mode} within ${clock(event.budgetSeconds)}, seed ${event.seed}`;
    case 'space-chosen':
      return `search space ${event.source}`;
    case 'engine-chosen': {
      const missing = event.unavailable.map(({ name, reason }) => `; no ${name}: ${reason}`).join('');
      return `engine ${engineWords(event)}${missing}`;
    }
    case 'data-packed': {
      const { train, validation, test, classes } = event;
      const images = [train, validation, test].map((part) => count(part, unknown)).join(' + ');
      const how = event.reused ? 'packed before' : `packed in ${seconds(event.seconds, unknown)} s`;
      const sides = event.resolutions.join(', ');
      return `data: ${classes} classes, ${images} images (train + validation + test) at ${sides} px, ${how}${oddities(event.oddities)}`;
    }
    case 'plan-made': {
      if (state.searchEnd) return `plan: end at ${clock(event.endsAt)}`;
      const ends = `plan: search until ${clock(event.searchEndsAt)}, end at ${clock(event.endsAt)}`;
      // What is planned anew while trials run are its times alone.
      if (state.trials.length > 0) return ends;
      const rungs = event.brackets.map((bracket) => bracket.map(({ trials }) => trials).join('→')).join('  ');
      const isHalving = event.promotion === undefined || event.promotion.rule === 'halving';
      const planned = isHalving ? `brackets ${rungs}` : `a ladder, ${rungs} expected`;
      return `${ends}, ${rungs ? planned : 'no search'}`;
    }
    case 'bracket-opened':
      return `bracket ${event.bracket} opened`;
    case 'trial-created':
      return `trial ${event.trial} (${event.origin}): ${configurationText(event.configuration)}`;
    case 'rung-started': {
      const again = attemptText(event);
      const length = resource(event.resource, resourceUnit(state), unknown);
      return `trial ${event.trial} rung ${event.rung + 1} started: ${length}${again}`;
    }
    // What is told says why, too.
    case 'data-fitted':
    case 'rung-progress':
    case 'rung-checkpoint':
    case 'final-progress':
    case 'final-checkpoint':
    case 'gpu-memory':
      return null;
    case 'rung-finished': {
      const loss = `loss ${number4(event.loss, unknown)}`;
      const time = `${seconds(event.wallSeconds, unknown)} s`;
      return `trial ${event.trial} rung ${event.rung + 1} finished: ${top1(event.score)}, ${loss}, ${time}`;
    }
    case 'rung-failed': {
      const log = event.log === null ? '' : ` (log ${event.log})`;
      return `trial ${event.trial} rung ${event.rung + 1} ${failureWord(event.reason)}: ${event.message}${log}`;
    }
    case 'prediction-started':
      return `predicting the test images with ${modelText(event)}`;
    case 'prediction-ended': {
      if (event.failed !== null) return `prediction with ${modelText(event)} failed: ${event.failed}`;
      return `prediction with ${modelText(event)} done in ${seconds(event.wallSeconds, unknown)} s`;
    }
    case 'search-ended':
      return [
        `search ended: ${event.reason}`,
        event.winner === null ? 'no winner' : `winner trial ${event.winner}`,
        ...(event.rankCorrelations ?? []).map(correlationText),
      ].join('; ');
    case 'final-started': {
      const again = attemptText(event);
      const side = event.resolution;
      return `final run with the configuration of trial ${event.trial} on ${side} x ${side} images, ends at ${clock(event.endsAt)}${again}`;
    }
    case 'final-predicted':
      return event.path === null
        ? 'the predictions of the final run are of no use'
        : 'final run: the test images are predicted';
    case 'final-finished':
      return `final run finished: ${number4(event.epochs, unknown)} epochs, ${top1(event.score)}`;
    case 'final-failed': {
      const log = event.log === null ? '' : ` (log ${event.log})`;
      return `final run ${failureWord(event.reason)}: ${event.message}${log}`;
    }
    case 'submission-written': {
      const source = event.source === 'trial' ? `trial ${event.trial ?? unknown}` : event.source;
      return `submission of ${count(event.rows, unknown)} rows from ${source}: ${event.path}`;
    }
    case 'told':
      return event.message;
    case 'study-interrupted':
      return `interrupted: ${event.reason}`;
    case 'study-resumed':
      return `resumed after ${clock(event.downSeconds)} of downtime`;
    case 'study-finished':
      return `finished (exit code ${event.exitCode}): ${event.reason}`;
    default:
      return unreachable(event);
  }
}

/**
 * An event as one line for people, time first: `[1:23] trial 7 rung 2 finished: top-1 0.8712, loss 0.4103, 12.3 s`.
 * @param state the state after the event.
 * @returns null for progress, checkpoints and memory, which come too often for a line each.
 */
export function describeEvent(event: StudyEvent, state: StudyState): string | null {
  const text = words(event, state);
  return text === null ? null : `[${clock(event.at)}] ${text.replaceAll(/\s*[\r\n]+\s*/g, ' ')}`;
}

/** Images a second of everything that trains now. */
function imagesPerSecond(state: StudyState): number | null {
  if (state.final.status === 'running') return state.final.curve.at(-1)?.imagesPerSecond ?? null;
  const running = state.trials.filter(({ rungs }) => rungs.at(-1)?.status === 'running');
  if (running.length === 0) return null;
  return running.reduce((sum, { curve }) => sum + (curve.at(-1)?.imagesPerSecond ?? 0), 0);
}

/** What runs: trials in the search, the final run with the part of its schedule that has passed, predictions. */
function running({ trials, final, predictions }: StudyState): string {
  const inSearch = trials.filter(({ rungs }) => rungs.at(-1)?.status === 'running').map(({ trial }) => trial);
  const passed = final.status === 'running' ? final.curve.at(-1)?.fraction : undefined;
  const parts = [
    ...(inSearch.length === 0 ? [] : [`running ${inSearch.join(', ')}`]),
    ...(final.status === 'running'
      ? [`final run of trial ${final.start.trial}${passed === undefined ? '' : `, ${percent(passed)}`}`]
      : []),
    ...predictions.filter(({ end }) => end === null).map((one) => `predicting with ${modelText(one)}`),
  ];
  return parts.length === 0 ? 'nothing running' : parts.join(', ');
}

/** How a study stands, as one line: elapsed time and budget, phase, what runs, the best trial or the winner, images a second. */
export function heartbeat(state: StudyState, nowSeconds: number): string {
  const best = bestTrial(state);
  const parts = [
    `${clock(nowSeconds)} of ${state.created === null ? unknown : clock(state.created.budgetSeconds)}`,
    state.phase,
    running(state),
    best === null
      ? 'no result yet'
      : `${bestTitle(state)} ${accuracy(latestScore(best), unknown)} (trial ${best.trial})`,
    `${number4(imagesPerSecond(state), unknown)} images/s`,
  ];
  return parts.join(' | ');
}
