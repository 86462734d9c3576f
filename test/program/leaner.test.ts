import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../src/network/describe.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { gradients } from '../../src/program/gradients.js';
import { leanerPrograms } from '../../src/program/leaner.js';
import { planProgram } from '../../src/program/plan.js';
import type { Program, ValueRef } from '../../src/program/types.js';

/** So many 1x1 convolutions of the same size, each with a batch norm, and the gradient of the sum of squares. */
function chain(layers: number): Program {
  const builder = new ProgramBuilder('test', [{ name: 'gradient', shape: [4] }]);
  let x: ValueRef = builder.input('x', { shape: [-1, 4, 4, 2], dtype: 'float32' });
  const filters = Array.from({ length: layers }, () => builder.reshape(builder.constant(1, 0, 0, 1), [1, 1, 2, 2]));
  for (const filter of filters) {
    const y = builder.one({ kind: 'conv2d', stride: 1, padding: 'same' }, [x, filter]);
    const ones = builder.constant(1, 1);
    x = builder.one({ kind: 'relu' }, [builder.one({ kind: 'batchNormTrain', epsilon: 1e-5 }, [y, ones, ones])]);
  }
  const loss = builder.one({ kind: 'reduceSum', axes: [0, 1, 2, 3] }, [builder.one({ kind: 'square' }, [x])]);
  builder.output('loss', loss);
  for (const gradient of gradients(builder, loss, 'ones', filters)) {
    builder.add({ kind: 'assignAdd', variable: 'gradient' }, [builder.reshape(gradient, [4])]);
  }
  return builder.build();
}

const peakOf = (program: Program) => planProgram(program).peakBytesPerImage;
const macsOf = (program: Program) => planProgram(program).macsPerImage;

describe('leaner programs', () => {
  it('first save what costs no multiplication of matrices, then compute the forward pass at most once more', () => {
    for (const family of ['residual', 'plain'] as const) {
      const sizes = { width: 16, blocks: 2, stages: 4, stem: 'small', resolution: 32, classes: 10 } as const;
      const { programs, macsPerImage } = describeNetwork({ family, ...sizes });
      const [cheap, segments, ...more] = [...leanerPrograms(programs.accumulate)];
      expect(more).toEqual([]);
      if (cheap === undefined || segments === undefined) throw new Error('expected two programs');
      const macs = macsOf(programs.accumulate);
      expect(macsOf(cheap)).toBe(macs);
      expect(macsOf(segments)).toBeGreaterThan(macs);
      expect(macsOf(segments)).toBeLessThanOrEqual(macs + macsPerImage);
      expect(peakOf(cheap)).toBeLessThan(0.8 * peakOf(programs.accumulate));
      expect(peakOf(segments)).toBeLessThan(0.55 * peakOf(programs.accumulate));
    }
  });

  it('compute depthwise convolutions again where that saves most: they are as wide as it gets', () => {
    const sizes = { width: 16, blocks: 2, stages: 4, stem: 'small', resolution: 32, classes: 10 } as const;
    const { programs } = describeNetwork({ family: 'mobile', ...sizes });
    const [cheap] = [...leanerPrograms(programs.accumulate)];
    const count = (program: Program | undefined, kind: string) =>
      program?.nodes.filter(({ operation }) => operation.kind === kind).length;
    expect(count(cheap, 'conv2d')).toBe(count(programs.accumulate, 'conv2d'));
    expect(count(cheap, 'depthwiseConv2d')).toBe(2 * (count(programs.accumulate, 'depthwiseConv2d') ?? 0));
    expect(cheap && peakOf(cheap)).toBeLessThan(0.45 * peakOf(programs.accumulate));
  });

  it('need memory in proportion to the root of the number of layers', () => {
    const peaks = [16, 64].map((layers) => {
      const program = chain(layers);
      const last = [...leanerPrograms(program)].at(-1) ?? program;
      return { plain: peakOf(program), lean: peakOf(last) };
    });
    const [short, long] = peaks;
    expect((long?.plain ?? 0) / (short?.plain ?? 1)).toBeGreaterThan(3.5);
    expect((long?.lean ?? 0) / (short?.lean ?? 1)).toBeLessThan(2.5);
  });

  it('are none where nothing can be saved', () => {
    const builder = new ProgramBuilder('test');
    const x = builder.input('x', { shape: [-1, 4], dtype: 'float32' });
    builder.output('loss', builder.one({ kind: 'reduceSum', axes: [0, 1] }, [builder.one({ kind: 'square' }, [x])]));
    expect([...leanerPrograms(builder.build())]).toEqual([]);
  });
});
