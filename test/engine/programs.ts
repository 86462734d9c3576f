import { expect } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { Operation } from '../../src/program/operation.js';
import type { Program, TrainingPrograms, ValueRef } from '../../src/program/types.js';
import { evaluateProgram } from '../program/reference.js';
import type { Tensor } from '../program/tensor.js';

export type Feeds = Readonly<Record<string, Float32Array | Uint8Array>>;

/** One program alone, without variables. */
function alone(program: Program): TrainingPrograms {
  return { accumulate: program, apply: program, evaluate: program, variables: [], gradients: [], statistics: [] };
}

/** A program over float32 inputs `x0`, `x1`, … of the given shapes; `build` says what it gives back. */
export function programOver(
  tensors: readonly Tensor[],
  build: (builder: ProgramBuilder, inputs: readonly ValueRef[]) => readonly ValueRef[],
): { readonly program: Program; readonly feeds: Feeds } {
  const builder = new ProgramBuilder('test');
  const inputs = tensors.map(({ shape }, index) => builder.input(`x${index}`, { shape, dtype: 'float32' }));
  for (const [index, value] of build(builder, inputs).entries()) builder.output(`y${index}`, value);
  const feeds = tensors.map(({ values }, index) => [`x${index}`, Float32Array.from(values)] as const);
  return { program: builder.build(), feeds: Object.fromEntries(feeds) };
}

/** What batchNormGradient takes from the forward pass is the engine's own affair, so it is not compared. */
const comparedOutputs: Partial<Record<Operation['kind'], number>> = { batchNormTrain: 3 };

/** A program of one operation; a batch norm's gradient comes with the forward pass that it belongs to. */
export function programOf(operation: Operation, tensors: readonly Tensor[]) {
  if (operation.kind !== 'batchNormGradient') {
    return programOver(tensors, (builder, inputs) =>
      builder.add(operation, inputs).slice(0, comparedOutputs[operation.kind]),
    );
  }
  return programOver(tensors.slice(0, 3), (builder, [dy, x, scale]) => {
    if (dy === undefined || x === undefined || scale === undefined) throw new Error('a gradient of too few inputs');
    const [, mean, , deviation] = builder.add({ kind: 'batchNormTrain', epsilon: 1e-3 }, [x, scale, scale]);
    if (mean === undefined || deviation === undefined) throw new Error('a batch norm of too few outputs');
    return builder.add(operation, [dy, x, scale, mean, deviation]);
  });
}

/** Runs a program once on the engine. */
export async function runAlone(engine: Engine, program: Program, feeds: Feeds) {
  const session = await engine.load(alone(program));
  try {
    return await session.run('evaluate', feeds);
  } finally {
    session.dispose();
  }
}

/** Expects each output of the program to be the reference evaluator's, within `tolerance` of the output's largest value. */
export async function expectReference(
  engine: Engine,
  { program, feeds }: { readonly program: Program; readonly feeds: Feeds },
  tolerance: number,
): Promise<void> {
  const results = await runAlone(engine, program, feeds);
  for (const [name, expected] of Object.entries(evaluateProgram(program, feeds))) {
    const values = results[name] ?? [];
    expect(values, name).toHaveLength(expected.length);
    expect(distance(values, expected), name).toBeLessThan(tolerance);
  }
}

/** Largest difference, relative to the largest expected value, or to 0.01 where all are smaller. */
export function distance(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  const all = Array.from(expected);
  const scale = all.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-2);
  return all.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (values[i] ?? Number.NaN))), 0) / scale;
}
