/** The engines by name, best first. */
export const engineNames = ['native-gpu', 'webgpu', 'native-cpu', 'wasm'] as const;
