import { describe, expect, it } from 'vitest';
import { choosePrecision } from '../../src/engine/choose-precision.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Precision } from '../../src/program/precision.js';

const create = async (precision: Precision): Promise<Engine> => ({
  name: 'test',
  description: 'a test engine',
  precision,
  exclusive: false,
  parallel: true,
  load: () => Promise.reject(new Error('not needed')),
});

type Measured = Readonly<Record<Precision, { readonly imagesPerSecond: number; readonly loss: number } | string>>;

const chooseAmong = (measured: Measured, precisions: readonly Precision[] = ['f32', 'bf16', 'f16']) =>
  choosePrecision(precisions, create, async ({ precision }) => {
    const result = measured[precision];
    if (typeof result === 'string') throw new Error(result);
    return result;
  });

describe('the choice of a precision', () => {
  it('takes the fastest whose loss is that of f32 up to rounding', async () => {
    const { engine, trials } = await chooseAmong({
      f32: { imagesPerSecond: 100, loss: 2 },
      bf16: { imagesPerSecond: 160, loss: 2.01 },
      f16: { imagesPerSecond: 150, loss: 2 },
    });
    expect(engine.precision).toBe('bf16');
    expect(trials).toEqual([
      { precision: 'f32', imagesPerSecond: 100, problem: null },
      { precision: 'bf16', imagesPerSecond: 160, problem: null },
      { precision: 'f16', imagesPerSecond: 150, problem: null },
    ]);
  });

  it.each([2.3, Number.NaN, Number.POSITIVE_INFINITY])(
    'never takes one whose loss is %f where f32 has 2',
    async (loss) => {
      const { engine, trials } = await chooseAmong(
        { f32: { imagesPerSecond: 100, loss: 2 }, bf16: { imagesPerSecond: 900, loss }, f16: '' },
        ['f32', 'bf16'],
      );
      expect(engine.precision).toBe('f32');
      expect(trials[1]?.problem).toContain('its loss is');
    },
  );

  it('keeps f32 where another one is hardly faster', async () => {
    const measured = { f32: { imagesPerSecond: 100, loss: 2 }, bf16: { imagesPerSecond: 104, loss: 2 }, f16: '' };
    expect((await chooseAmong(measured, ['f32', 'bf16'])).engine.precision).toBe('f32');
  });

  it('tells why one that fails was not taken', async () => {
    const { engine, trials } = await chooseAmong({
      f32: { imagesPerSecond: 100, loss: 2 },
      bf16: 'no such kernel',
      f16: { imagesPerSecond: 300, loss: 2 },
    });
    expect(engine.precision).toBe('f16');
    expect(trials[1]).toEqual({ precision: 'bf16', imagesPerSecond: 0, problem: 'no such kernel' });
  });

  it('measures nothing where there is only one', async () => {
    const { engine, trials } = await chooseAmong({ f32: 'measured', bf16: '', f16: '' }, ['f32']);
    expect([engine.precision, trials]).toEqual(['f32', []]);
  });

  it('fails where f32 fails', async () => {
    await expect(chooseAmong({ f32: 'broken', bf16: '', f16: '' })).rejects.toThrow('broken');
  });
});
