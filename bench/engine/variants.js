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

/** The same on a graphics card, where both multiply f32 with the mantissa of TF32 if it can. */
export const gpuReferences = [
  { id: 'gpu-torch-f32', label: 'torch f32' },
  { id: 'gpu-torch-f16', label: 'torch f16' },
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

const onGpu = (variant, id, label) => ({ ...variant, id, label, device: 'gpu' });

/** On an NVIDIA GPU, in the order of the tables. */
export const gpuVariants = [
  onGpu(ours('', '', 'native-gpu', 'f32'), 'gpu-f32', 'hyperbudget native-gpu f32'),
  onGpu(ours('', '', 'native-gpu', 'f16'), 'gpu-f16', 'hyperbudget native-gpu f16'),
  onGpu(python('', '', 'torch_step.py', 'torch', 'f32'), 'gpu-torch-f32', 'PyTorch f32'),
  onGpu(python('', '', 'torch_step.py', 'torch', 'f16'), 'gpu-torch-f16', 'PyTorch f16 autocast'),
];

/** Settings of the caller's shell that would change a variant. */
const foreign = /^(HYPERBUDGET_(?!ENGINES$)|TF_|OMP_|MKL_|KMP_|GOMP_|ONEDNN_|DNNL_|CUDA_VISIBLE_DEVICES$)/;

/** The environment of a variant's process: so many threads, and no graphics card but for variants on one, which may fill it. */
export function environmentOf(variant, threads) {
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const gpu = variant.device === 'gpu' ? { TF_FORCE_GPU_ALLOW_GROWTH: 'true' } : { CUDA_VISIBLE_DEVICES: '' };
  const base = { ...Object.fromEntries(inherited), ...gpu, TF_CPP_MIN_LOG_LEVEL: '2' };
  return variant.env(base, threads);
}
