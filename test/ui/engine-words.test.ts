import { describe, expect, test } from 'vitest';
import { engineWords } from '../../src/ui/engine-words.js';

const engine = { engine: 'native-cpu', description: 'TensorFlow 2.18.1 on the CPU', precision: 'f32' } as const;

describe('the engine in words', () => {
  test('names engine, library and precision', () => {
    expect(engineWords({ ...engine, precisions: [] })).toBe('native-cpu, TensorFlow 2.18.1 on the CPU, f32');
  });

  test('tells what the choice of the precision rests on, and why a faster one was not taken', () => {
    const precisions = [
      { precision: 'f32' as const, imagesPerSecond: 1000.4, problem: null },
      { precision: 'bf16' as const, imagesPerSecond: 1800, problem: 'its loss is NaN' },
    ];
    expect(engineWords({ ...engine, precisions })).toBe(
      'native-cpu, TensorFlow 2.18.1 on the CPU, f32 (images/s in a training step: f32 1000, bf16 1800 but its loss is NaN)',
    );
  });
});
