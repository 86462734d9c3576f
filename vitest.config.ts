import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    // Two cores are the smallest machine we promise: more workers only make the timings of others noisy.
    maxWorkers: 2,
    testTimeout: 60_000,
    // TensorFlow tells every graph that it loads.
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  },
});
