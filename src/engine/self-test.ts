import { ProgramBuilder } from '../program/builder.js';
import type { Program, TrainingPrograms } from '../program/types.js';
import type { Engine } from './engine.js';

/** A convolution of the numbers 1 to 9 with a filter of ones, and the gradients of half the sum of its squares. */
function convolutionProgram(): Program {
  const builder = new ProgramBuilder('self-test', [{ name: 'filter', shape: [4] }]);
  const images = builder.input('images', { shape: [-1, 3, 3, 1], dtype: 'uint8' });
  const x = builder.one({ kind: 'cast' }, [images]);
  const filter = builder.reshape(builder.read('filter'), [2, 2, 1, 1]);
  const window = { stride: 1, padding: 'valid' } as const;
  const y = builder.one({ kind: 'conv2d', ...window }, [x, filter]);
  builder.output('y', y);
  builder.output('dx', builder.one({ kind: 'conv2dInputGradient', ...window }, [y, filter, x]));
  const gradient = { kind: 'conv2dFilterGradient', ...window, filterShape: [2, 2, 1, 1] } as const;
  builder.output('dfilter', builder.one(gradient, [y, x]));
  return builder.build();
}

const expected: Readonly<Record<string, readonly number[]>> = {
  y: [12, 16, 24, 28],
  dx: [12, 28, 16, 36, 80, 44, 24, 52, 28],
  dfilter: [280, 360, 520, 600],
};

/** Runs a convolution and its gradients, whose values are known in advance. @throws Error when a number is wrong. */
export async function selfTest(engine: Engine): Promise<void> {
  const program = convolutionProgram();
  const programs: TrainingPrograms = {
    accumulate: program,
    apply: program,
    evaluate: program,
    variables: [{ name: 'filter', shape: [4] }],
    gradients: [],
    statistics: [],
  };
  const session = await engine.load(programs);
  try {
    session.write('filter', Float32Array.of(1, 1, 1, 1));
    const results = await session.run('accumulate', { images: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) });
    for (const [name, values] of Object.entries(expected)) {
      const got = results[name] ?? [];
      if (got.length !== values.length || values.some((value, i) => !(Math.abs((got[i] ?? 0) - value) < 1e-3))) {
        throw new Error(`it computes a convolution wrongly: ${name} is ${[...got].join(' ')}, not ${values.join(' ')}`);
      }
    }
  } finally {
    session.dispose();
  }
}
