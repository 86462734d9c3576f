import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import type { Engine } from '../../../src/engine/engine.js';
import { createWebgpuEngine } from '../../../src/engine/kernels/webgpu.js';
import { messageOf } from '../../../src/errors.js';

/** glibc's flag for a library that stays in memory when it is closed. */
const keepLoaded = 0x1000;

/** Loads Vulkan's loader where none is installed: found by its name, it is the one that Dawn gets. */
function loadVulkan(loader: string): void {
  try {
    process.dlopen({ exports: {} }, loader, constants.dlopen.RTLD_NOW | keepLoaded);
  } catch (error) {
    // It is no addon of Node's, but it is in memory now.
    if (!messageOf(error).includes('did not self-register')) throw error;
  }
}

/** Makes SwiftShader, a Vulkan driver that computes on the processor, the driver of this process. It comes with a Chromium on npm. */
function startSwiftShader(folder: string): void {
  const root = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', '..');
  const archive = brotliDecompressSync(readFileSync(join(root, 'bin', 'swiftshader.tar.br')));
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive });
  loadVulkan(join(folder, 'libvulkan.so.1'));
  process.env['VK_ICD_FILENAMES'] = join(folder, 'vk_swiftshader_icd.json');
}

/** WebGPU on this machine's adapter, else on SwiftShader; or in words why on neither. */
export async function anyWebgpuEngine(): Promise<Engine | string> {
  const create = () => createWebgpuEngine({ software: true });
  try {
    return await create();
  } catch (error) {
    if (process.platform !== 'linux' || process.arch !== 'x64') return messageOf(error);
  }
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-swiftshader-'));
  try {
    startSwiftShader(folder);
    return await create();
  } catch (error) {
    return messageOf(error);
  } finally {
    // The driver is in memory by now.
    rmSync(folder, { recursive: true, force: true });
  }
}
