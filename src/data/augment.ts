import { copyShifted } from './crop.js';
import { eraseRandomBox } from './erase.js';
import { splitNames, type TrainingItems } from './items.js';
import { mirrorImages } from './mirror.js';
import { RandAugment } from './rand-augment.js';
import { HashStream, mix } from './random.js';
import { Resampler, randomBox } from './resized-crop.js';
import type { ImageReader } from './types.js';

/** How a training image is changed each time it is shown. */
export interface AugmentationSettings {
  /** Mirror each image every other time it is shown, half of the images the first time. */
  readonly flip: boolean;
  /** Largest shift of the random crop as a part of the side, in [0, 1); does not count with `crop` below 1. */
  readonly pad: number;
  /** Least part of the stored image's area that a random crop shows, resized; in (0, 1], 1 for no such crops. */
  readonly crop: number;
  /** Magnitude of RandAugment, in [0, 10]; 0 for none. */
  readonly randAugment: number;
  /** Probability that a random box is erased, in [0, 1]. */
  readonly erasing: number;
}

/** Shows training images, each time changed at random: how follows from the seed, the image and the epoch alone. */
export class Augmenter {
  private readonly maxShift: number;
  private readonly source: Uint8Array;
  private readonly mirrored: Uint8Array;
  private readonly resampler: Resampler;
  private readonly operations: RandAugment | null;

  constructor(
    private readonly reader: ImageReader,
    private readonly items: TrainingItems,
    private readonly settings: AugmentationSettings,
    /** 32 bits. */
    private readonly seed: number,
  ) {
    const { pad, crop, randAugment, erasing } = settings;
    const { resolution: side } = reader;
    if (!(pad >= 0 && pad < 1)) throw new RangeError(`augmentation: expected a padding in [0, 1), got ${pad}`);
    if (!(crop > 0 && crop <= 1)) throw new RangeError(`augmentation: expected a least area in (0, 1], got ${crop}`);
    if (!(randAugment >= 0 && randAugment <= 10)) {
      throw new RangeError(`augmentation: expected a magnitude in [0, 10], got ${randAugment}`);
    }
    if (!(erasing >= 0 && erasing <= 1)) {
      throw new RangeError(`augmentation: expected a probability of erasing in [0, 1], got ${erasing}`);
    }
    this.maxShift = Math.min(Math.round(pad * side), side - 1);
    this.source = new Uint8Array(reader.imageBytes);
    this.mirrored = new Uint8Array(reader.imageBytes);
    this.resampler = new Resampler(side);
    this.operations = randAugment > 0 ? new RandAugment(side) : null;
  }

  /**
   * Writes an item as an epoch shows it.
   *
   * @param times how often the item was shown before
   * @param target side² · 3 bytes
   * @param strength part of the magnitude of RandAugment and of the probability of erasing that counts, in [0, 1]
   * @returns further random numbers that belong to this item and epoch
   */
  show(item: number, epoch: number, times: number, target: Uint8Array, strength: number): HashStream {
    const { settings, reader } = this;
    const hash = this.hashOf(item);
    const drawn = mix(hash, epoch);
    const random = new HashStream(drawn);
    const isMirrored = settings.flip && ((hash + times) & 1) === 1;
    if (settings.crop < 1) this.showResized(item, isMirrored, target, random);
    else this.showShifted(item, isMirrored, target, drawn);
    const { randAugment, erasing } = settings;
    this.operations?.apply(target, strength * randAugment, random);
    if (erasing > 0) eraseRandomBox(target, reader.resolution, strength * erasing, random);
    return random;
  }

  private hashOf(item: number): number {
    const { splits, indices } = this.items;
    return mix(this.seed, (indices[item] ?? 0) * splitNames.length + (splits[item] ?? 0));
  }

  private showResized(item: number, isMirrored: boolean, target: Uint8Array, random: HashStream): void {
    const { reader, source } = this;
    const { splits, indices } = this.items;
    const size = { width: reader.resolution, height: reader.resolution };
    reader.read(splitNames[splits[item] ?? 0] ?? 'train', indices[item] ?? 0, source, 0);
    this.resampler.resample(source, size, randomBox(size, this.settings.crop, random), isMirrored, target, 0);
  }

  private showShifted(item: number, isMirrored: boolean, target: Uint8Array, drawn: number): void {
    const { reader, source, mirrored, maxShift } = this;
    const { splits, indices } = this.items;
    const side = reader.resolution;
    const shifts = 2 * maxShift + 1;
    const draw = drawn % (shifts * shifts);
    const dx = (draw % shifts) - maxShift;
    const dy = Math.floor(draw / shifts) - maxShift;
    reader.read(splitNames[splits[item] ?? 0] ?? 'train', indices[item] ?? 0, source, 0);
    if (isMirrored) mirrorImages(source, mirrored, side);
    copyShifted(isMirrored ? mirrored : source, side, target, 0, { dx: isMirrored ? -dx : dx, dy });
  }
}
