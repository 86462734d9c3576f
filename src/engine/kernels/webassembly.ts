/** The parts of the global WebAssembly that the engine uses; the type library of Node lacks them. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmNamespace {
  readonly Memory: new (options: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WasmNamespace }).WebAssembly;

/** What tfjs's wasm backend keeps of its Emscripten module, beyond what its types say. */
export interface EmscriptenModule {
  readonly asm: { readonly memory: unknown };
  _malloc(bytes: number): number;
  _free(address: number): void;
}
