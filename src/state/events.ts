import { z } from 'zod';
import { precisions } from '../program/precision.js';
import { isInsideStudy } from './inside.js';
import { rankCorrelationForms } from './rank-correlation-form.js';

/**
 * The journal's lines. Each says what has happened; the fold of all of them is the study's state. `at`: seconds since the study's start
 * (wall clock across restarts, monotonic within a process).
 */
const at = z.number().min(-1e10).max(1e10);
const seconds = z.number().nonnegative().max(1e10);
const images = z.int().nonnegative().max(1e13);
/** A file of the study, relative to its folder: whoever resumes or exports a journal from elsewhere reads and writes nothing else. */
const path = z.string().refine(isInsideStudy, "expected a path within the study's folder");
const trial = z.int().nonnegative();
const slot = z.int().nonnegative();
/** Of the same work, from 1; what the study itself has interrupted does not count. */
const attempt = z.int().positive();
/** Part of the usual micro-batch that a run of a program may hold, in (0, 1]: halved after running out of memory. */
const memoryShare = z.number().positive().max(1);
const configuration = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));

/** Why a rung, the final run or a prediction ended without a result. */
export const failureReason = z.enum([
  'crash',
  'hang',
  'over-time',
  'diverged',
  'out-of-memory',
  'protocol',
  /** The packed data could not be read as they were written. */
  'data',
  'error',
  /** The study itself was interrupted: not the trial's fault, it is done again. */
  'interrupted',
]);

/** What a process found out about the engine it runs. */
export const engineFacts = {
  engine: z.string(),
  /** Library, version and device in words. */
  description: z.string().default(''),
  precision: z.enum(precisions).default('f32'),
  /** Only one process may hold the device at a time. */
  exclusive: z.boolean(),
  /** Better engines and why they do not run. */
  unavailable: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  /** What the choice of the precision rests on; empty where it was given. */
  precisions: z
    .array(
      z.strictObject({
        precision: z.enum(precisions),
        imagesPerSecond: z.number().nonnegative(),
        /** Why it was not taken; null where only its speed counted. */
        problem: z.string().nullable(),
      }),
    )
    .default([]),
};

/** Where the seconds of an assignment went: `dataSeconds` is a part of `trainSeconds`; what is left of `wallSeconds` is the start. */
const cost = {
  wallSeconds: seconds,
  trainSeconds: seconds,
  dataSeconds: seconds,
  evaluateSeconds: seconds,
  checkpointSeconds: seconds,
  images,
};

export const studyEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('study-created'),
    at,
    version: z.literal(1),
    name: z.string(),
    mode: z.enum(['run', 'search', 'final']),
    seed: z.int(),
    budgetSeconds: z.number().positive().max(1e10),
    /** Wall clock at the study's start, seconds since 1970. */
    startedAtEpochSeconds: z.number().min(0).max(1e11),
    /** The same instant on the machine's monotonic clock, which a changed system clock does not move; absent where there is none. */
    monotonicStart: z.strictObject({ boot: z.string(), seconds: z.number().min(-1e10).max(1e10) }).optional(),
    dataDirectory: z.string(),
    /** Absolute path of the submission in the working directory of the start; null where none is to be written. */
    submissionPath: z
      .string()
      .regex(/^\/(?:[^\0]*\/)?submission\.csv$/, 'expected the absolute path of a submission.csv')
      .nullable(),
    versions: z.record(z.string(), z.string()),
    /** What the user asked for; absent where nothing was said. */
    precision: z.enum(['auto', ...precisions]).optional(),
    /** GPU memory that all processes of the study may hold together. */
    gpuMemoryBytes: z.number().positive().optional(),
  }),
  /** The search space in force; `auto` spaces are made after the probe. `space` is what `parseSearchSpace` reads. */
  z.strictObject({ type: z.literal('space-chosen'), at, source: z.string(), hash: z.string(), space: z.unknown() }),
  z.strictObject({
    type: z.literal('engine-chosen'),
    at,
    ...engineFacts,
    /** Trials that may run at the same time, and processor cores for all of them together. */
    slots: z.int().positive().max(10_000),
    threads: z.int().positive().max(10_000),
  }),
  /** This part of each class's training images is used: less than all where packing them would take too much of the budget. */
  z.strictObject({ type: z.literal('data-fitted'), at, part: z.number().positive().max(1) }),
  z.strictObject({
    type: z.literal('data-packed'),
    at,
    seconds: z.number().nonnegative(),
    directory: z.string(),
    fingerprint: z.string(),
    classes: z.int().positive(),
    train: z.int().nonnegative(),
    validation: z.int().nonnegative(),
    test: z.int().nonnegative(),
    /** Sides of the packed images in pixels, ascending. */
    resolutions: z.array(z.int().positive()),
    /** Images that could not be decoded or needed mending, by kind. */
    oddities: z.record(z.string(), z.int().nonnegative()),
    reused: z.boolean(),
  }),
  /** The plan in force from now on. Times in seconds since the study's start. */
  z.strictObject({
    type: z.literal('plan-made'),
    at,
    searchEndsAt: z.number(),
    endsAt: z.number(),
    /** What one unit of the scheduler's resource is expected to take; 1 for seconds. */
    secondsPerUnit: z.number().positive(),
    /** What a rung is expected to take beyond its training. */
    overheadSeconds: z.number().nonnegative(),
    /** Brackets of one round, best first; rounds repeat while time is left. */
    brackets: z
      .array(z.array(z.strictObject({ trials: z.int().nonnegative(), resource: z.number().positive() })).max(1000))
      .max(1000),
    /** Who is promoted; absent: brackets fill rung by rung. On a ladder the trials of a rung are those expected to get there. */
    promotion: z
      .discriminatedUnion('rule', [
        z.strictObject({ rule: z.literal('halving') }),
        z.strictObject({ rule: z.literal('asha'), eta: z.int().min(2) }),
        z.strictObject({ rule: z.literal('pasha'), eta: z.int().min(2) }),
        z.strictObject({ rule: z.literal('single-rung') }),
      ])
      .optional(),
  }),
  z.strictObject({
    type: z.literal('bracket-opened'),
    at,
    bracket: z.int().nonnegative(),
    shape: z.int().nonnegative(),
  }),
  z.strictObject({
    type: z.literal('trial-created'),
    at,
    trial,
    bracket: z.int().nonnegative(),
    /** That it starts in; absent: the lowest. */
    rung: z.int().nonnegative().optional(),
    configuration,
    /** `default`: the space's defaults; `prior`: near them or the best; `random`; `model`: by a model of the results; `given`: from a best.json. */
    origin: z.enum(['default', 'prior', 'random', 'model', 'given']),
  }),
  z.strictObject({
    type: z.literal('rung-started'),
    at,
    trial,
    rung: z.int().nonnegative(),
    slot,
    attempt,
    memoryShare,
    resource: z.number().positive(),
    killAt: z.number(),
  }),
  /** At most one a second and trial. */
  z.strictObject({
    type: z.literal('rung-progress'),
    at,
    trial,
    fraction: z.number(),
    images: z.int(),
    loss: z.number().nullable(),
    learningRate: z.number(),
    imagesPerSecond: z.number(),
  }),
  /** What has been trained so far is saved: an attempt after this one goes on from there. */
  z.strictObject({ type: z.literal('rung-checkpoint'), at, trial, fraction: z.number() }),
  z.strictObject({
    type: z.literal('rung-finished'),
    at,
    trial,
    rung: z.int().nonnegative(),
    score: z.number().min(0).max(1),
    loss: z.number().nullable(),
    evaluatedImages: z.int().nonnegative(),
    inferenceImagesPerSecond: z.number().positive(),
    parameters: z.int().positive(),
    /** Multiply-accumulates to classify one image; absent where the trainer does not know. */
    macsPerImage: z.number().nonnegative().optional(),
    /** Memory of a training step for one image, where nothing is computed again. */
    activationBytesPerImage: z.number().nonnegative().optional(),
    /** Path of the annealed model's checkpoint; null where the disk did not take it. */
    model: path.nullable(),
    ...cost,
    /** What earlier attempts at the rung had trained that this one went on from; absent: none. */
    earlierTrainSeconds: seconds.optional(),
  }),
  z.strictObject({
    type: z.literal('rung-failed'),
    at,
    trial,
    rung: z.int().nonnegative(),
    reason: failureReason,
    message: z.string(),
    log: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal('prediction-started'),
    at,
    trial,
    /** Highest rung that the trial had finished: a later one makes a better model; null for the final run's checkpoint. */
    rung: z.int().nonnegative().nullable(),
    slot,
    killAt: z.number(),
  }),
  z.strictObject({
    type: z.literal('prediction-ended'),
    at,
    trial,
    rung: z.int().nonnegative().nullable(),
    wallSeconds: seconds,
    failed: z.string().nullable(),
    /** Why; absent where it did not fail, or its predictions could not be put in place. */
    reason: failureReason.optional(),
  }),
  z.strictObject({
    type: z.literal('search-ended'),
    at,
    reason: z.string(),
    winner: trial.nullable(),
    /** How far rungs ranked trials alike; absent where too few have finished more than one. */
    rankCorrelations: rankCorrelationForms.optional(),
  }),
  z.strictObject({
    type: z.literal('final-started'),
    at,
    trial,
    slot,
    attempt,
    memoryShare,
    /** Side of the images in pixels. */
    resolution: z.int().positive(),
    learningRateFactor: z.number(),
    endsAt: z.number(),
    killAt: z.number(),
  }),
  z.strictObject({
    type: z.literal('final-progress'),
    at,
    fraction: z.number(),
    /** Since the first weights, those of earlier attempts included, like the epochs; of `final-finished`, too. */
    images: z.int(),
    epochs: z.number(),
    loss: z.number().nullable(),
    learningRate: z.number(),
    imagesPerSecond: z.number(),
  }),
  z.strictObject({
    type: z.literal('final-checkpoint'),
    at,
    path,
    fraction: z.number(),
    /** Training images since the first weights, those of earlier attempts included; 0: what stood there is deleted, the training has begun anew. */
    images,
  }),
  /** The final run is trained and has predicted the test images, whatever becomes of its model; null: the predictions turned out to be of no use. */
  z.strictObject({ type: z.literal('final-predicted'), at, path: path.nullable() }),
  z.strictObject({
    type: z.literal('final-finished'),
    at,
    score: z.number().nullable(),
    model: path.nullable(),
    predictions: path.nullable(),
    epochs: z.number(),
    inferenceSeconds: seconds,
    /** The views of the test images that their predictions average, in words. */
    views: z.array(z.string()).optional(),
    ...cost,
  }),
  z.strictObject({
    type: z.literal('final-failed'),
    at,
    reason: failureReason,
    message: z.string(),
    log: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal('submission-written'),
    at,
    /** `final-checkpoint`: from where the final run had come to when no time was left to go on. */
    source: z.enum(['class-prior', 'trial', 'final-checkpoint', 'final']),
    trial: trial.nullable(),
    /** Of the trial's model; null for the other sources. */
    rung: z.int().nonnegative().nullable(),
    rows: z.int().nonnegative(),
    path: z.string(),
  }),
  /** GPU memory up to now, in bytes; each number is the highest of this process of the study. */
  z.strictObject({
    type: z.literal('gpu-memory'),
    at,
    limitBytes: z.number().positive(),
    /** What TensorFlow's pool may grow to in the process that runs. */
    poolBytes: z.number().nonnegative(),
    /** What a process holds beside the pool: measured, or taken to be so before. */
    overheadBytes: z.number().nonnegative(),
    /** What the plans of the networks said; null before the first. */
    estimatedBytes: z.number().nonnegative().nullable(),
    /** How far TensorFlow's pool had grown, by its log; null where that does not say. */
    allocatedBytes: z.number().nonnegative().nullable(),
    /** What nvidia-smi saw all processes of the study hold together; null before the first look. */
    measuredBytes: z.number().nonnegative().nullable(),
  }),
  /** Something people should know, in words. */
  z.strictObject({ type: z.literal('told'), at, message: z.string() }),
  z.strictObject({ type: z.literal('study-interrupted'), at, reason: z.string() }),
  z.strictObject({ type: z.literal('study-resumed'), at, downSeconds: z.number() }),
  z.strictObject({ type: z.literal('study-finished'), at, exitCode: z.int(), reason: z.string() }),
]);

export type StudyEvent = z.infer<typeof studyEvent>;
export type FailureReason = z.infer<typeof failureReason>;
