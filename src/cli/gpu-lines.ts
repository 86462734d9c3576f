import { readGpus } from '../engine/gpu/nvidia-smi.js';
import { chooseGpu } from '../engine/gpu/pool.js';
import { formatMebibytes } from '../engine/gpu/size.js';
import { messageOf } from '../errors.js';

/** What nvidia-smi says of the GPUs, a line each; the one that a study would use is named. */
export async function gpuLines(env: NodeJS.ProcessEnv, gpuMemoryBytes: number): Promise<readonly string[]> {
  try {
    const { gpus } = await readGpus(env);
    const used = chooseGpu(gpus, env['CUDA_VISIBLE_DEVICES']);
    if (gpus.length === 0) return ['GPU          none: nvidia-smi shows no GPU'];
    return gpus.map((gpu) => {
      const memory = `${formatMebibytes(gpu.freeBytes)} free of ${formatMebibytes(gpu.totalBytes)}`;
      const use = gpu === used ? `; a study takes ${formatMebibytes(gpuMemoryBytes)} of it at most` : '; not used';
      return `GPU ${String(gpu.index).padEnd(8)} ${gpu.name}, ${memory}${use}`;
    });
  } catch (error) {
    return [`GPU          none: ${messageOf(error)}`];
  }
}
