export type SplitName = 'train' | 'validation' | 'test';

/** One image of a data set before packing. */
export interface SourceImage {
  /** What stands in the submission: the file name up to its first dot, or without its ending. */
  readonly id: string;
  readonly path: string;
  /** Index into `classes`; −1 where unknown (test). */
  readonly label: number;
}

/** A data set as found on disk, whatever its layout. */
export interface Dataset {
  readonly directory: string;
  readonly layout: 'competition' | 'class-folders' | 'imagenet100';
  /** Class names as written in the source, in numeric or else alphabetic order; a label is an index into it. */
  readonly classes: readonly string[];
  readonly train: readonly SourceImage[];
  /** Held out of train, stratified, when the source has none. */
  readonly validation: readonly SourceImage[];
  /** Empty where the source has none. */
  readonly test: readonly SourceImage[];
}

/** One split of a packed data set at one resolution: raw pixels, read by position. */
export interface PackedSplit {
  readonly count: number;
  readonly labels: Int32Array;
  readonly ids: readonly string[];
}

/** The packed data set, described by `pack.json` in its folder. */
export interface PackedDataset {
  readonly directory: string;
  /** Changes when a source file's name, size or time changes. */
  readonly fingerprint: string;
  readonly classes: readonly string[];
  /** Sides in pixels of the stored images, ascending. */
  readonly resolutions: readonly number[];
  readonly splits: Readonly<Record<SplitName, PackedSplit>>;
}

/** In pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Reads packed images of one resolution, squares in RGB bytes, row after row. All of an image is there, squashed where it was no square. */
export interface ImageReader {
  /** Side in pixels. */
  readonly resolution: number;
  /** Of an image: resolution² · 3. */
  readonly imageBytes: number;
  /** Copies image `index` of `split` to `target` at `offset` bytes. */
  read(split: SplitName, index: number, target: Uint8Array, offset: number): void;
  close(): void;
}
