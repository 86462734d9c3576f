import { z } from 'zod';

/** How the supervisor makes the process that it starts know that it is supervised. */
export const supervisedVariable = 'HYPERBUDGET_SUPERVISED';

/** A launcher that starts a command names itself here by its process number: the command ends when the launcher is gone. */
export const parentVariable = 'HYPERBUDGET_PARENT';

const instant = z.strictObject({ boot: z.string(), seconds: z.number() });

/** What a study process is told by the supervisor, as JSON in its environment. */
export const supervision = z.strictObject({
  supervisor: z.int().positive(),
  /** When the supervisor was started: the budget begins there, not with this process. */
  startedAtEpochSeconds: z.number(),
  monotonicStart: instant.optional(),
});

/** What a study draws on: nothing, below the prompt, or the terminal's other screen. */
const screen = z.enum(['none', 'inline', 'alternate']);

/** What a study process tells its supervisor. */
export const studyReport = z.discriminatedUnion('type', [
  /** As soon as the command line has been read: before the data are looked at and the study's first event is written. */
  z.strictObject({
    type: z.literal('opening'),
    directory: z.string(),
    budgetSeconds: z.number().positive(),
    startedAtEpochSeconds: z.number(),
    monotonicStart: instant.optional(),
    /** Where its submission belongs; null where none is wanted. */
    submissionPath: z.string().nullable(),
    /** Where it draws: what a process that is killed leaves in disorder. */
    screen,
    /** The words of the command that goes on with this study. */
    resume: z.array(z.string()),
  }),
  /** Once a second: the main thread comes round. */
  z.strictObject({ type: z.literal('alive') }),
  /** Everything is prepared: from here on an error may be a passing one. */
  z.strictObject({ type: z.literal('working') }),
  /** Something worth keeping has been finished since this process was started. */
  z.strictObject({ type: z.literal('progress') }),
  /** The study is over; whatever becomes of the process. */
  z.strictObject({ type: z.literal('finished'), exitCode: z.int() }),
]);

export type Screen = z.infer<typeof screen>;
export type Supervision = z.infer<typeof supervision>;
export type StudyReport = z.infer<typeof studyReport>;
