import { z } from 'zod';
import { engineFacts } from '../state/events.js';

/**
 * What the study and a trial process say to each other: JSON, one message a line. Study → trial on the trial's standard input, trial →
 * study on file descriptor 3; standard output and error of a trial are its log. End of file means that the other side is gone.
 * Every time is in seconds since the study's start; the two instants at which an assignment was sent set the trial's clock.
 */
export const protocolVersion = 1;

const configuration = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
/** Bounded as in the journal: what a trial says must be fit to stand there. */
const seconds = z.number().nonnegative().max(1e10);
/** Part of the usual micro-batch that a run of a program may hold: less than 1 after running out of memory. */
const memoryShare = z.number().positive().max(1);
/** How often to save on the way, at the most: what a kill costs. */
const saveEverySeconds = z.number().positive();

const assignmentBase = {
  sentAtSeconds: seconds,
  /** After this instant the trial is killed; it must have ended by itself before. */
  killAtSeconds: seconds,
  /** Folder of the packed data set. */
  data: z.string(),
  /** Seeds every random stream of the assignment. */
  seed: z.string(),
  configuration,
  /** Processors' worth of threads or replicas that may be used. */
  threads: z.int().positive(),
};

/** Train one rung of one trial and judge it on a part of the validation images. */
export const rungAssignment = z.strictObject({
  type: z.literal('rung'),
  ...assignmentBase,
  memoryShare,
  saveEverySeconds,
  trial: z.int().nonnegative(),
  rung: z.int().nonnegative(),
  unit: z.enum(['seconds', 'epochs', 'samples']),
  /** Resource of the rung below, 0 in the first; with `trunk` its training is not repeated. */
  from: z.number().nonnegative(),
  to: z.number().positive(),
  anneal: z.enum(['trunk', 'restart']),
  cooldown: z.number().positive().max(1),
  /** Part of the training images, in (0, 1]. */
  subset: z.number().positive().max(1),
  /** Whether each epoch sees another part. */
  resample: z.boolean(),
  /** Part of the classes, in (0, 1]. */
  classes: z.number().positive().max(1),
  /** Side of the images in pixels; one of the packed resolutions. */
  resolution: z.int().positive(),
  /** Folder of this trial's checkpoints: `trunk.checkpoint` and `rung.checkpoint` (where it goes on), `model.checkpoint` (what was judged). */
  directory: z.string(),
});

/** Train the final model until the deadline, then predict the test images. */
export const finalAssignment = z.strictObject({
  type: z.literal('final'),
  ...assignmentBase,
  memoryShare,
  saveEverySeconds,
  resolution: z.int().positive(),
  useValidation: z.boolean(),
  /** Most views of a test image whose predictions are averaged. */
  views: z.int().positive(),
  /** Training, inference and writing must all have ended by then. */
  endsAtSeconds: seconds,
  /** When the schedule began: the first attempt's start, so that a restarted final run goes on where the clock stands. */
  beganAtSeconds: seconds,
  /** Multiplies the learning rate: halved after a divergence. */
  learningRateFactor: z.number().positive().max(1),
  /** What to look for at the beginning, whether the learning rate is borne: what the trial had reached in its last rung, where that is known; null: nothing. */
  rateCheck: z
    .strictObject({ expected: z.strictObject({ images: z.int().positive(), loss: z.number() }).nullable() })
    .nullable(),
  /** Folder of `final.checkpoint`, and of `final.previous.checkpoint` for where that is damaged; read when they exist. */
  directory: z.string(),
  /** Where to write the predictions as `image_id,label` lines; absent where the data set has no test images. */
  predictions: z.string().optional(),
});

/** Predict the test images with a model that stands already. */
export const predictAssignment = z.strictObject({
  type: z.literal('predict'),
  ...assignmentBase,
  memoryShare,
  checkpoint: z.string(),
  predictions: z.string(),
});

/** Measure the training throughput of configurations; needs no data (`data` is empty). */
export const probeAssignment = z.strictObject({
  type: z.literal('probe'),
  sentAtSeconds: seconds,
  killAtSeconds: seconds,
  threads: z.int().positive(),
  classes: z.int().min(2),
  candidates: z.array(configuration),
  /** Seconds to spend on each candidate. */
  secondsEach: z.number().positive(),
  /** Training images a second, of all replicas, below which a candidate is of no use; absent: none is. */
  slowestOfUse: z.number().nonnegative().optional(),
});

/** Work for a trial process, as the study decides on it. */
export const anyAssignment = z.discriminatedUnion('type', [
  rungAssignment,
  finalAssignment,
  predictAssignment,
  probeAssignment,
]);

/**
 * `sentAtSeconds` on the monotonic clock, which all processes of a machine share: a new process reads its assignment some time after it was sent, and
 * its deadlines would be as late.
 */
const sent = { sentAtMonotonicSeconds: seconds };

export const studyMessage = z.discriminatedUnion('type', [
  rungAssignment.extend(sent),
  finalAssignment.extend(sent),
  predictAssignment.extend(sent),
  probeAssignment.extend(sent),
  /** Save, report `stopped` and wait for the next assignment. */
  z.strictObject({ type: z.literal('stop') }),
]);

/** What the network costs, where the trainer knows. */
const networkCost = {
  /** Multiply-accumulates to classify one image. */
  macsPerImage: z.number().nonnegative().optional(),
  /** Memory of a training step for one image, where nothing is computed again. */
  activationBytesPerImage: z.number().nonnegative().optional(),
};

const cost = {
  /** Wall-clock seconds from when the assignment was sent to the message; what the others do not name is the start. */
  wallSeconds: seconds,
  /** Seconds spent in training steps, data included. */
  trainSeconds: seconds,
  /** The part of them that was spent waiting for batches. */
  dataSeconds: seconds,
  evaluateSeconds: seconds,
  /** Seconds spent on writing checkpoints. */
  checkpointSeconds: seconds,
  /** Training images seen by this assignment. */
  images: z.int().nonnegative().max(1e13),
};

export const trialMessage = z.discriminatedUnion('type', [
  /** The first message of a process. */
  z.strictObject({
    type: z.literal('hello'),
    protocol: z.literal(protocolVersion),
    pid: z.int().positive(),
    ...engineFacts,
  }),
  /** At least every 2 s while the process works, before each step that may take longer, with the time-out it asks for. */
  z.strictObject({ type: z.literal('heartbeat'), timeoutSeconds: seconds, memoryBytes: z.number().nonnegative() }),
  /** What the plan of a network says a training step takes of the device's memory, before the first. */
  z.strictObject({ type: z.literal('memory-estimate'), bytes: z.number().nonnegative() }),
  /** Something people should know, in words. */
  z.strictObject({ type: z.literal('told'), message: z.string() }),
  /** At most one a second. */
  z.strictObject({
    type: z.literal('progress'),
    /** Part of the assignment's schedule that has passed, in [0, 1]. */
    fraction: z.number().min(0).max(1),
    step: z.int().nonnegative(),
    /** Of a rung since the assignment began, of the final run since the first weights. */
    images: z.int().nonnegative(),
    /** Passes over the assignment's training images that those make. */
    epochs: z.number().nonnegative(),
    /** Mean training loss since the last progress message; null when it is not finite. */
    loss: z.number().nullable(),
    learningRate: z.number().nonnegative(),
    imagesPerSecond: z.number().nonnegative(),
  }),
  /** The disk did not take a file; the process tries again in a moment, then goes on without. */
  z.strictObject({ type: z.literal('write-failed'), path: z.string(), message: z.string() }),
  z.strictObject({
    type: z.literal('checkpoint'),
    path: z.string(),
    fraction: z.number().min(0).max(1),
    /** Training images since the first weights; 0: what stood there is deleted, the training has begun anew. */
    images: z.int().nonnegative().max(1e13),
  }),
  /** The final run is trained, and its predictions of the test images stand; the model is written and scored next. */
  z.strictObject({ type: z.literal('predicted'), path: z.string() }),
  z.strictObject({
    type: z.literal('rung-result'),
    /** Top-1 on the evaluated validation images, in [0, 1]. */
    score: z.number().min(0).max(1),
    /** Mean cross entropy on them, natural logarithm. */
    loss: z.number().nullable(),
    evaluatedImages: z.int().positive(),
    /** Measured inference throughput, images a second. */
    inferenceImagesPerSecond: z.number().positive(),
    parameters: z.int().positive(),
    ...networkCost,
    /** Null where the disk did not take it. */
    model: z.string().nullable(),
    ...cost,
    /** Seconds in training steps of earlier attempts that this one went on from; absent: none. */
    earlierTrainSeconds: seconds.optional(),
  }),
  z.strictObject({
    type: z.literal('final-result'),
    /** On the validation images when they were not trained on, else null. */
    score: z.number().min(0).max(1).nullable(),
    /** Model and predictions: null where there are none, or the disk did not take them. */
    model: z.string().nullable(),
    predictions: z.string().nullable(),
    epochs: z.number().nonnegative(),
    /** Predicting the test images, and measuring early how long that will take. */
    inferenceSeconds: seconds,
    /** The views of the test images that their predictions average, in words; none where there are no predictions. */
    views: z.array(z.string()),
    ...cost,
    /** Training images since the first weights, those of earlier attempts included, like the epochs. */
    images: cost.images,
  }),
  z.strictObject({ type: z.literal('predict-result'), predictions: z.string(), wallSeconds: seconds }),
  z.strictObject({
    type: z.literal('probe-result'),
    rates: z.array(
      z.strictObject({
        /** Training images a second of one replica; 0 where the candidate failed. */
        trainImagesPerSecond: z.number().nonnegative(),
        /** How many replicas a training with the assignment's threads has. */
        replicas: z.int().positive(),
        inferenceImagesPerSecond: z.number().nonnegative(),
        parameters: z.int().nonnegative(),
        macsPerImage: z.number().nonnegative(),
      }),
    ),
  }),
  /** Answer to `stop`: everything worth keeping is on disk. */
  z.strictObject({ type: z.literal('stopped') }),
  /** The assignment failed; the process can take another one unless the reason is `out-of-memory`. */
  z.strictObject({
    type: z.literal('failed'),
    reason: z.enum(['diverged', 'out-of-memory', 'data', 'error']),
    message: z.string(),
  }),
]);

export type RungAssignment = z.infer<typeof rungAssignment>;
export type FinalAssignment = z.infer<typeof finalAssignment>;
export type PredictAssignment = z.infer<typeof predictAssignment>;
export type ProbeAssignment = z.infer<typeof probeAssignment>;
export type Assignment = z.infer<typeof anyAssignment>;
export type StudyMessage = z.infer<typeof studyMessage>;
export type TrialMessage = z.infer<typeof trialMessage>;

/** One message as a line, newline included. */
export function encodeMessage(message: StudyMessage | TrialMessage): string {
  return `${JSON.stringify(message)}\n`;
}
