/** Where what a scan needs lies in the decoder's memory, in bytes. What depends on the image comes after `free`. */
export const address = {
  /** By size of the decoded block (8, 4, 1): for each coefficient in zigzag order the byte within `coefficients` that it goes to. */
  zigzag: { 8: 0, 4: 256, 1: 512 },
  /** 64 float32, transposed, and behind them a place for those that are left out. */
  coefficients: 1024,
  component: (index: number): number => 2048 + index * 64,
  /** 64 float32 in zigzag order, with the factors of the inverse transform. */
  quantisation: (index: number): number => 4096 + index * 256,
  huffman: (index: number): number => 8192 + index * 8192,
  /** 128 as float32, for the chroma of grey images. */
  neutral: 4096 + 1024,
  free: 65_536,
} as const;

/** Words of a component's description, in bytes from its beginning. */
export const component = {
  horizontal: 0,
  vertical: 4,
  dcTable: 8,
  acTable: 12,
  quantisation: 16,
  plane: 20,
  stride: 24,
  blockSide: 28,
  prediction: 32,
  zigzag: 36,
  size: 64,
} as const;

/** Parts of a Huffman table, in bytes from its beginning; an entry is length | zeros before << 8 | bits of the value << 16, 0 for none. */
export const huffman = {
  /** By the next ten bits. */
  entries: 0,
  /** By length: the first code that is too large. */
  limits: 4096,
  /** By length: what to add to a code for its place among the symbols. */
  offsets: 4096 + 128,
  symbols: 4096 + 256,
  lookupBits: 10,
} as const;

/** Side in pixels of what a block of 8 × 8 is decoded to. */
export type BlockSide = 8 | 4 | 1;
