import { openPack } from '../../src/data/pack/open.js';
import type { Engine, Feed, ProgramName } from '../../src/engine/engine.js';
import type { TrainingPrograms } from '../../src/program/types.js';
import type { TrialContext } from '../../src/trial/context.js';
import type { TrialMessage } from '../../src/trial/protocol.js';

export interface StubRun {
  readonly program: ProgramName;
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly programs: TrainingPrograms;
}

/** An engine that computes nothing: constant loss, logits of zero for each class. `onRun` may throw. */
export function stubEngine(onRun: (run: StubRun) => void, side = 16, classes = 2): Engine {
  return {
    name: 'stub',
    description: 'a test engine',
    precision: 'f32',
    parallel: false,
    exclusive: false,
    load: async (programs) => {
      const variables = new Map(
        programs.variables.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
      );
      return {
        run: async (program, feeds): Promise<Readonly<Record<string, Float32Array>>> => {
          onRun({ program, feeds, programs });
          if (program === 'apply') return { finite: Float32Array.of(1) };
          const [kind, other] = program.split('.');
          const images = (feeds['images']?.length ?? 0) / (Number(other ?? side) ** 2 * 3);
          return kind === 'evaluate' ? { logits: new Float32Array(images * classes) } : { loss: Float32Array.of(1) };
        },
        read: async (name) => variables.get(name)?.slice() ?? new Float32Array(),
        write: (name, values) => {
          variables.set(name, values.slice());
        },
        dispose: () => undefined,
      };
    },
  };
}

/** A trial's context on a clock that moves by `runSeconds` with every run of a program. */
export function stubContext(
  startSeconds: number,
  runSeconds: number,
  onRun: (run: StubRun) => void = () => undefined,
  more: Partial<TrialContext> = {},
): { readonly context: TrialContext; readonly messages: TrialMessage[] } {
  let clock = startSeconds;
  const messages: TrialMessage[] = [];
  const engine = stubEngine((run) => {
    clock += runSeconds;
    onRun(run);
  });
  const context: TrialContext = {
    engine,
    openData: openPack,
    now: () => clock,
    report: (message) => messages.push(message),
    pause: async (seconds) => {
      clock += seconds;
    },
    expect: () => undefined,
    stopRequested: () => false,
    ...more,
  };
  return { context, messages };
}
