import { createRequire } from 'node:module';

/** A tensor that the addon holds. */
export interface TensorInfo {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** What is used of tfjs-node's native addon (`tfjs_binding.node`), whose functions block their thread. */
export interface NativeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
  /** May keep hold of `data` instead of a copy until the tensor is deleted. */
  createTensor(shape: readonly number[], dtype: number, data: Float32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
  /** @param tags ends in a comma. */
  loadSavedModel(directory: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** @param inputs names of placeholders, @param outputs of nodes to fetch; both comma-separated. */
  runSavedModel(id: number, tensors: readonly number[], inputs: string, outputs: string): readonly TensorInfo[];
}

const functions = [
  'isUsingGpuDevice',
  'createTensor',
  'deleteTensor',
  'tensorDataSync',
  'loadSavedModel',
  'deleteSavedModel',
  'runSavedModel',
];

function isBinding(value: unknown): value is NativeBinding {
  if (typeof value !== 'object' || value === null) return false;
  const members = value as Record<string, unknown>;
  return typeof members['TF_Version'] === 'string' && functions.every((name) => typeof members[name] === 'function');
}

/**
 * Loads the addon and with it TensorFlow.
 * @param path of `tfjs_binding.node`.
 * @throws Error when the file or a library that it needs does not load.
 */
export function loadBinding(path: string): NativeBinding {
  const binding: unknown = createRequire(import.meta.url)(path);
  if (!isBinding(binding)) throw new Error(`${path}: expected tfjs-node's addon, got another module`);
  return binding;
}
