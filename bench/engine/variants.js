// What is compared, and how the process of each is started.
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../dist/study/environment.js';

const script = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Reference columns of the tables. */
export const references = [
  { id: 'tensorflow', label: 'TF f32' },
  { id: 'torch-f32', label: 'torch f32' },
  { id: 'torch-bf16', label: 'torch bf16' },
];

const ours = (id, label, engine, precision) => ({
  id,
  label,
  needs: null,
  precision,
  command: () => [process.execPath, script('our-worker.js')],
  // As a study sets it for its trial processes.
  env: (base, threads) => processEnvironment({ base, threads, cores: threads, pins: { engine, precision }, gpu: {} }),
});

const python = (id, label, file, needs, precision) => ({
  id,
  label,
  needs,
  precision,
  command: ({ python: interpreter }) => [interpreter, script(file)],
  env: (base, threads) => ({ ...base, OMP_NUM_THREADS: String(threads), PYTHONDONTWRITEBYTECODE: '1' }),
});

/** In the order of the tables; `needs` names what the bench must have set up, null for nothing. */
export const variants = [
  ours('wasm', 'hyperbudget wasm', 'wasm', 'f32'),
  {
    id: 'tfjs-layers',
    label: 'tfjs-node tf.layers f32',
    needs: 'tfjs',
    precision: 'f32',
    command: () => [process.execPath, script('tfjs-layers-worker.js')],
    env: (base, threads) => ({
      ...base,
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: String(threads),
    }),
  },
  ours('native-f32', 'hyperbudget native f32', 'native-cpu', 'f32'),
  ours('native-bf16', 'hyperbudget native bf16', 'native-cpu', 'bf16'),
  python('tensorflow', 'Python TensorFlow f32', 'tf_step.py', 'tensorflow', 'f32'),
  python('torch-f32', 'PyTorch f32', 'torch_step.py', 'torch', 'f32'),
  python('torch-bf16', 'PyTorch bf16 autocast', 'torch_step.py', 'torch', 'bf16'),
];

/** Settings of the caller's shell that would change a variant. */
const foreign = /^(HYPERBUDGET_(?!ENGINES$)|TF_|OMP_|MKL_|KMP_|GOMP_|ONEDNN_|DNNL_|CUDA_VISIBLE_DEVICES$)/;

/** The environment of a variant's process: CPU only, so many threads. */
export function environmentOf(variant, threads) {
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const base = { ...Object.fromEntries(inherited), CUDA_VISIBLE_DEVICES: '', TF_CPP_MIN_LOG_LEVEL: '2' };
  return variant.env(base, threads);
}
