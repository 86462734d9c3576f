/** What tfjs's wasm backend keeps of its Emscripten module, beyond what its types say. */
export interface EmscriptenModule {
  readonly asm: { readonly memory: unknown };
  _malloc(bytes: number): number;
  _free(address: number): void;
}
