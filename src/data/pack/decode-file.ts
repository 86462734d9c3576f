import { readFile, stat } from 'node:fs';
import { promisify } from 'node:util';
import { InputError, messageOf } from '../../errors.js';
import { type DecodedImage, decodeImage, refusedPixels, undecodable } from './decode.js';
import { Gate } from './gate.js';

/** A larger file is no picture; files that are held at the same time are no larger together. */
const mostFileBytes = 256 * 1024 * 1024;

/** The callback forms cost half of the promise forms' processor time. */
const readImage = promisify(readFile);
const statImage = promisify(stat);

/** Reads and decodes image files in this process, with bounded memory. */
export class FileDecoder {
  private readonly bytes: Gate;
  private readonly pixels: Gate;

  /**
   * @param resolutions sides in pixels
   * @param limits of what is decoded here; a larger image is left alone
   * @param share of the memory that all such decoders may use together, in (0, 1]
   */
  constructor(
    private readonly resolutions: readonly number[],
    private readonly limits: { readonly fileBytes: number; readonly pixels: number } | null = null,
    share = 1,
  ) {
    this.bytes = new Gate(share * mostFileBytes);
    this.pixels = new Gate(share * refusedPixels);
  }

  /**
   * @returns null for an image above the limits
   * @throws InputError where the file cannot be read
   */
  async decode(path: string): Promise<DecodedImage | null> {
    const { resolutions, limits, pixels: gate } = this;
    const { size } = await statImage(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (limits !== null && size > limits.fileBytes) return null;
    if (size > mostFileBytes) return undecodable([]);
    return this.bytes.run(size, async () => {
      const bytes = await readImage(path).catch((error: unknown) => {
        throw unreadable(path, error);
      });
      return decodeImage(bytes, path, resolutions, { gate, ...(limits && { mostPixels: limits.pixels }) });
    });
  }
}

function unreadable(path: string, error: unknown): InputError {
  return new InputError(path, 'a readable file', messageOf(error), 'the complete data set', { cause: error });
}
