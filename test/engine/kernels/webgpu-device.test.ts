import { describe, expect, it } from 'vitest';
import { isSoftware, nameOf, requireHardware } from '../../../src/engine/kernels/webgpu-device.js';

const card = { vendor: 'nvidia', architecture: 'ampere', device: '0x2504', description: 'NVIDIA GeForce RTX 3060' };
const swiftshader = {
  vendor: 'google',
  architecture: 'swiftshader',
  device: '',
  description: 'SwiftShader driver 5.0.0',
};
const llvmpipe = { vendor: 'mesa', architecture: '', device: 'llvmpipe (LLVM 15.0.6, 256 bits)', description: '' };
const warp = { vendor: 'microsoft', architecture: '', device: '', description: 'Microsoft Basic Render Driver' };

describe('a WebGPU adapter', () => {
  it('is software when it says so, or is known by its name', () => {
    expect([card, swiftshader, llvmpipe, warp].map(isSoftware)).toEqual([false, true, true, true]);
    expect(isSoftware({ ...card, isFallbackAdapter: true })).toBe(true);
    expect(isSoftware({ ...card, description: 'Warpcore 9' })).toBe(false);
  });

  it('is refused by name when it is software', () => {
    expect(() => requireHardware(card)).not.toThrow();
    expect(() => requireHardware(swiftshader)).toThrow('only a software adapter: SwiftShader driver 5.0.0');
  });

  it('is named by the best words it gives', () => {
    expect(nameOf(card)).toBe('NVIDIA GeForce RTX 3060');
    expect(nameOf({ ...card, description: ' ' })).toBe('0x2504');
    expect(nameOf({ vendor: '', architecture: '', device: '', description: '' })).toBe('an unnamed adapter');
  });
});
