import { messageOf } from '../../errors.js';
import { OutOfMemoryError } from '../engine.js';
import { FaultLog, faultOf } from './webgpu-faults.js';

/** The parts of WebGPU's interfaces (https://www.w3.org/TR/webgpu/) that are used here. */
export interface GpuAdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

export interface GpuDevice {
  readonly limits: Readonly<Record<string, number>>;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  readonly queue: { onSubmittedWorkDone(): Promise<void> };
  onuncapturederror: ((event: { readonly error: Error }) => void) | null;
  createBuffer(descriptor: { readonly size: number }): unknown;
}

interface GpuAdapter {
  readonly info: GpuAdapterInfo;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: { readonly requiredLimits: Readonly<Record<string, number>> }): Promise<GpuDevice>;
}

interface Gpu {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<GpuAdapter | null>;
}

interface WebgpuPackage {
  readonly create: (options: readonly string[]) => Gpu;
  /** WebGPU's classes and constants, which browsers have among their globals. */
  readonly globals: object;
}

/** A device that is ready, and what it tells about itself. */
export interface OpenDevice {
  readonly device: GpuDevice;
  readonly info: GpuAdapterInfo;
  readonly faults: FaultLog;
  /** Puts WebGPU's globals in place, without which tfjs's backend does not work and with which it starts itself when it is imported. */
  readonly publish: () => void;
}

/** Limits that tfjs asks its device for beyond WebGPU's defaults. */
const wantedLimits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/** Whether the adapter computes on the processor, as far as it says so. */
export function isSoftware({ isFallbackAdapter, ...words }: GpuAdapterInfo): boolean {
  const text = [words.vendor, words.architecture, words.device, words.description].join(' ');
  return isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i.test(text);
}

/** The adapter in words. */
export function nameOf({ vendor, architecture, device, description }: GpuAdapterInfo): string {
  return [description, device, architecture, vendor].find((words) => words.trim() !== '') ?? 'an unnamed adapter';
}

/** @throws Error for an adapter that computes on the processor. */
export function requireHardware(info: GpuAdapterInfo): void {
  if (isSoftware(info)) throw new Error(`only a software adapter: ${nameOf(info)}`);
}

async function loadPackage(): Promise<WebgpuPackage> {
  // The name in a variable: the package is optional, and its types with it.
  const name: string = 'webgpu';
  try {
    return (await import(name)) as WebgpuPackage;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      throw new Error('not installed: npm left its optional package webgpu out', { cause: error });
    }
    const [reason] = messageOf(error).split('\n');
    throw new Error(`its native part does not load here: ${reason}`, { cause: error });
  }
}

/** Puts WebGPU where tfjs looks for it: where a browser has it. */
function installGlobals(gpu: Gpu, globals: object): void {
  Object.assign(globalThis, globals);
  // Node has a navigator from version 21 on, none of them with a gpu.
  const { navigator = {} } = globalThis as { readonly navigator?: object };
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
}

/** Makes a buffer that is too large throw; WebGPU would go on with zeros. */
function guardAllocation(device: GpuDevice): void {
  const { maxBufferSize = Infinity, maxStorageBufferBindingSize = Infinity } = device.limits;
  const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    if (descriptor.size <= limit) return create(descriptor);
    throw new OutOfMemoryError(`webgpu: a tensor of ${descriptor.size} bytes; the device takes ${limit}`);
  };
}

/**
 * Opens the best adapter that Dawn finds.
 * @param software whether an adapter may compute on the processor.
 * @throws Error that says in words why there is none.
 */
export async function openDevice(software: boolean): Promise<OpenDevice> {
  const { create, globals } = await loadPackage();
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error('no adapter: no graphics driver for Vulkan, Metal or Direct3D 12 that WebGPU can use');
  }
  const { info } = adapter;
  if (!software) requireHardware(info);
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name] ?? 0]));
  const device = await adapter.requestDevice({ requiredLimits });
  const faults = new FaultLog();
  device.onuncapturederror = ({ error }) => faults.note(faultOf(error.constructor.name, error.message));
  void device.lost.then(({ reason, message }) => faults.noteLoss(message || reason));
  guardAllocation(device);
  return { device, info, faults, publish: () => installGlobals(gpu, globals) };
}
