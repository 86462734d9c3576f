import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../src/network/describe.js';
import { evaluateProgram } from '../program/reference.js';
import { randomImages, randomTargets, tiny } from './fixtures.js';

const resnet = {
  family: 'residual',
  width: 16,
  blocks: 1,
  stages: 4,
  stem: 'small',
  resolution: 28,
  classes: 10,
} as const;

const imagenet = { family: 'residual', width: 64, stages: 4, resolution: 224, classes: 1000 } as const;

describe('describeNetwork', () => {
  it('counts the parameters of a residual network 16/32/64/128', () => {
    const kernels =
      27 * 16 + 2 * 9 * 16 * 16 + [16, 32, 64].reduce((sum, c) => sum + 9 * c * 2 * c + 9 * 4 * c * c + 2 * c * c, 0);
    const channels = 16 + 2 * 16 + 3 * (32 + 64 + 128);
    const plan = describeNetwork(resnet);
    expect(plan.parameters).toBe(kernels + 128 * 10 + 2 * channels + 10);
    expect(plan.parameters).toBe(308_826);
    expect(plan.programs.variables.find(({ name }) => name === 'statistics')?.shape).toEqual([2 * channels]);
  });

  it('counts its multiply-accumulates on sides 28, 14, 7, 4', () => {
    const first = 28 * 28 * (27 * 16 + 2 * 9 * 16 * 16);
    const later = [
      [14, 16],
      [7, 32],
      [4, 64],
    ].reduce((sum, [side = 0, c = 0]) => sum + side * side * (9 * c * 2 * c + 9 * 4 * c * c + 2 * c * c), 0);
    expect(describeNetwork(resnet).macsPerImage).toBe(first + later + 1280);
  });

  it.each([
    ['ResNet-10-D', 'basic', 1, 5.44, null],
    ['ResNet-18-D', 'basic', 2, 11.708744, 2.06],
    ['ResNet-26-D', 'bottleneck', 2, 16.01, 2.6],
    ['ResNet-34-D', 'basic', [3, 4, 6, 3], 21.816904, 3.91],
    ['ResNet-50-D', 'bottleneck', [3, 4, 6, 3], 25.576264, 4.35],
  ] as const)('makes the published %s: for 1000 classes at 224 px', (_, block, blocks, millions, gigaMacs) => {
    const plan = describeNetwork({ ...imagenet, block, blocks, stem: 'deep' });
    // Published with two digits where no exact number is.
    const digits = Math.abs(millions * 100 - Math.round(millions * 100)) < 1e-9 ? 2 : 6;
    expect((plan.parameters / 1e6).toFixed(digits)).toBe(millions.toFixed(digits));
    // Published counts hold a little more than convolutions and dense layers.
    if (gigaMacs !== null) expect(plan.macsPerImage / 1e9 / gigaMacs).toBeCloseTo(0.995, 2);
  });

  it('makes the published SE-ResNet-50 and ResNet-18 but for their first convolution', () => {
    const first = 64 * 3 * (7 * 7 - 3 * 3);
    const stem = { ...imagenet, stem: 'large' } as const;
    const residual50 = { ...stem, block: 'bottleneck', blocks: [3, 4, 6, 3] } as const;
    expect(describeNetwork({ ...residual50, squeezeExcite: 1 }).parameters).toBe(28_088_024 - first);
    expect(describeNetwork(residual50).parameters).toBe(25_557_032 - first);
    expect(describeNetwork({ ...stem, blocks: 2 }).parameters).toBe(11_689_512 - first);
  });

  it('weights only blocks with enough channels', () => {
    const gates = (squeezeExcite: number | false) => {
      const { nodes } = describeNetwork({ ...resnet, squeezeExcite }).programs.evaluate;
      return nodes.flatMap(({ operation, outputs }) => (operation.kind === 'sigmoid' ? outputs : []));
    };
    const shapes = (squeezeExcite: number | false) => gates(squeezeExcite).map(({ shape }) => shape[1]);
    expect(shapes(false)).toEqual([]);
    expect(shapes(1)).toEqual([16, 32, 64, 128]);
    expect(shapes(64)).toEqual([64, 128]);
  });

  it('smooths before each convolution with a stride but the first, without a parameter more', () => {
    for (const family of ['residual', 'plain'] as const) {
      const [sharp, smooth] = [false, true].map((blur) => describeNetwork({ ...resnet, family, stem: 'medium', blur }));
      expect(smooth?.parameters).toBe(sharp?.parameters);
      const nodes = smooth?.programs.evaluate.nodes ?? [];
      const strided = nodes.filter(({ operation }) => operation.kind === 'conv2d' && operation.stride === 2);
      const sources = strided.map(({ inputs }) => nodes[inputs[0]?.node ?? -1]?.operation.kind);
      expect(sources).toEqual(['multiply', 'depthwiseConv2d', 'depthwiseConv2d', 'depthwiseConv2d']);
    }
  });

  it('makes a mobile block of 1x1, depthwise 3x3 and 1x1 convolutions, four times as wide inside', () => {
    const plan = describeNetwork({ ...resnet, family: 'mobile', stages: 2, blocks: 2 });
    const block = (from: number, to: number) => from * 4 * from + 9 * 4 * from + 4 * from * to;
    const norms = (from: number, to: number) => 2 * (4 * from + 4 * from + to);
    const ends = [
      [16, 16],
      [16, 16],
      [16, 32],
      [32, 32],
    ] as const;
    const blocks = ends.reduce((sum, [from, to]) => sum + block(from, to) + norms(from, to), 0);
    const [stem, head] = [27 * 16 + 2 * 16, 32 * 128 + 2 * 128];
    expect(plan.parameters).toBe(stem + blocks + head + 128 * 10 + 10);
    const side = (from: number, to: number, inside: number, outside: number) =>
      inside ** 2 * from * 4 * from + outside ** 2 * (9 * 4 * from + 4 * from * to);
    const macs = side(16, 16, 28, 28) * 2 + side(16, 32, 28, 14) + side(32, 32, 14, 14);
    expect(plan.macsPerImage).toBe(28 * 28 * 27 * 16 + macs + 14 * 14 * 32 * 128 + 1280);
  });

  it('takes as many blocks of each stage as the description says, and does not mind numbers for stages that are not there', () => {
    const network = { ...resnet, stages: 3, blocks: [1, 2, 3, 4] };
    const { nodes } = describeNetwork(network).programs.evaluate;
    const sums = nodes.filter(({ operation, outputs }) => operation.kind === 'add' && outputs[0]?.shape.length === 4);
    expect(sums.map(({ outputs }) => outputs[0]?.shape[3])).toEqual([16, 32, 32, 64, 64, 64]);
    expect(() => describeNetwork({ ...resnet, blocks: [1, 2] })).toThrow('expected a number for stage 2, got [1,2]');
  });

  it('averages 2x2 pixels before the shortcut of a stage that halves the side', () => {
    const { nodes } = describeNetwork(resnet).programs.evaluate;
    const pools = nodes.flatMap(({ operation }) => (operation.kind.endsWith('Pool') ? [operation] : []));
    const average = { kind: 'averagePool', size: 2, stride: 2, padding: 'same' };
    expect(pools).toEqual([average, average, average, { kind: 'globalAveragePool' }]);
  });

  it('gives a plain stage blocks + 1 convolutions', () => {
    const plan = describeNetwork({ ...resnet, family: 'plain', blocks: 2, stages: 2 });
    const kernels = 27 * 16 + 3 * 9 * 16 * 16 + 9 * 16 * 32 + 2 * 9 * 32 * 32 + 32 * 10;
    expect(plan.parameters).toBe(kernels + 2 * (16 + 3 * 16 + 3 * 32) + 10);
    const sides = 28 * 28 * (27 * 16 + 3 * 9 * 16 * 16) + 14 * 14 * (9 * 16 * 32 + 2 * 9 * 32 * 32) + 320;
    expect(plan.macsPerImage).toBe(sides);
  });

  it('makes the sides that the stems promise', () => {
    const firstStage = (stem: 'small' | 'medium' | 'large' | 'deep') => {
      const { nodes } = describeNetwork({ ...resnet, stem }).programs.evaluate;
      return nodes.find(({ operation }) => operation.kind === 'add')?.outputs[0]?.shape;
    };
    expect(firstStage('small')).toEqual([-1, 28, 28, 16]);
    expect(firstStage('medium')).toEqual([-1, 14, 14, 16]);
    expect(firstStage('large')).toEqual([-1, 7, 7, 16]);
    expect(firstStage('deep')).toEqual([-1, 7, 7, 16]);
  });

  it('needs memory for at least every image of the forward pass that the gradients use', () => {
    const { programs, activationBytesPerImage } = describeNetwork(resnet);
    const kept = programs.accumulate.nodes.filter(({ operation }) => ['conv2d', 'relu'].includes(operation.kind));
    const bytes = kept.reduce(
      (sum, { outputs }) => sum + 4 * (outputs[0]?.shape.slice(1).reduce((a, b) => a * b, 1) ?? 0),
      0,
    );
    expect(activationBytesPerImage).toBeGreaterThan(bytes);
    expect(activationBytesPerImage).toBeLessThan(2 * bytes);
  });

  it('works down to a single pixel', () => {
    for (const family of ['residual', 'plain', 'mobile'] as const) {
      const network = tiny({
        ...{ family, stem: 'large', resolution: 8, stages: 4, blocks: 2 },
        ...{ blur: true, squeezeExcite: 1, block: 'bottleneck' },
      });
      const variables = new Map(
        [...network.initialValues('8')].map(([name, values]) => [name, Float64Array.from(values)]),
      );
      const feeds = { images: randomImages(2, 8, 'i'), targets: randomTargets(2, 3, 't'), lossScale: [1] };
      const { loss } = evaluateProgram(network.programs.accumulate, feeds, variables);
      expect(loss?.[0]).toBeGreaterThan(0);
      for (const values of variables.values()) expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('refuses sizes that are not positive integers', () => {
    expect(() => describeNetwork({ ...resnet, width: 0 })).toThrow('network.width: expected a positive integer, got 0');
    expect(() => describeNetwork({ ...resnet, blocks: 1.5 })).toThrow('network.blocks');
    expect(() => describeNetwork({ ...resnet, blocks: [1, 0, 1, 1] })).toThrow('network.blocks');
  });
});

describe('initialValues', () => {
  const plan = describeNetwork(resnet);
  const values = plan.initialValues('a');
  const of = (name: string) => values.get(name) ?? new Float32Array(0);

  it('holds every variable in its shape', () => {
    const sizes = plan.programs.variables.map(({ name, shape }) => [name, shape[0]]);
    expect([...values].map(([name, array]) => [name, array.length])).toEqual(sizes);
    expect(sizes.map(([name]) => name)).toEqual(
      expect.arrayContaining([
        ...plan.programs.gradients,
        ...plan.programs.statistics,
        'weights.momentum',
        'norms.average',
      ]),
    );
  });

  it('is the same for the same seed and another one for another', () => {
    expect(plan.initialValues('a')).toEqual(values);
    expect(plan.initialValues('b').get('weights')).not.toEqual(values.get('weights'));
  });

  it('gives each kernel a random stream of its own', () => {
    const [stem, side] = [27 * 16, 9 * 16 * 16];
    const kernel = (index: number) => of('weights').slice(stem + index * side, stem + (index + 1) * side);
    expect(kernel(0)).not.toEqual(kernel(1));
    const wider = describeNetwork({ ...resnet, stages: 2, classes: 3 })
      .initialValues('a')
      .get('weights');
    expect(wider?.subarray(0, stem + 2 * side)).toEqual(of('weights').subarray(0, stem + 2 * side));
  });

  it('draws kernels with variance 2 / fan-in', () => {
    // The last convolution, 3x3 over 128 channels, stands before the 1x1 shortcut and the classifier.
    const end = of('weights').length - 1280 - 64 * 128;
    const kernel = of('weights').subarray(end - 9 * 128 * 128, end);
    const mean = kernel.reduce((sum, x) => sum + x, 0) / kernel.length;
    const variance = kernel.reduce((sum, x) => sum + x * x, 0) / kernel.length;
    expect(Math.abs(mean)).toBeLessThan(1e-3);
    expect(variance / (2 / (9 * 128))).toBeCloseTo(1, 1);
  });

  it('starts residual branches at zero, other scales at one, variances at one', () => {
    const count = (array: Float32Array, value: number) => array.filter((x) => x === value).length;
    const [last, channels] = [16 + 32 + 64 + 128, 16 + 2 * 16 + 3 * (32 + 64 + 128)];
    expect(count(of('norms'), 1)).toBe(channels - last);
    expect(count(of('norms'), 0)).toBe(channels + last + 10);
    expect(count(of('statistics'), 1)).toBe(channels);
    expect(count(of('statistics'), 0)).toBe(channels);
  });

  it('starts averages at the values and slots and gradients at zero', () => {
    for (const group of ['weights', 'norms', 'statistics']) expect(of(`${group}.average`)).toEqual(of(group));
    for (const name of ['weights.gradient', 'weights.momentum', 'norms.gradient', 'norms.momentum']) {
      expect(of(name).every((x) => x === 0)).toBe(true);
    }
  });
});
