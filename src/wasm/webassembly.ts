/** The parts of the global WebAssembly that are used here; the type library of Node lacks them. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Makes it larger by so many pages of 64 KiB; earlier views of the buffer are void then. @throws RangeError where there is no room */
  grow(pages: number): number;
}

interface WasmNamespace {
  readonly Memory: new (options: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WasmNamespace }).WebAssembly;
