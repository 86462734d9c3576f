import { existsSync, readdirSync } from 'node:fs';

/** The driver's own device, one for each GPU, and the one that stands for all of them under WSL. */
const deviceFile = /^(nvidiactl|nvidia\d+|dxg)$/;

/**
 * Whether an NVIDIA driver runs here, nvidia-smi or no nvidia-smi.
 * @param folder of the device files.
 */
export function hasNvidiaDevice(folder = '/dev'): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => deviceFile.test(name));
}
