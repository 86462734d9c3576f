/** Packed data cannot be read as they were written: a file is gone, is not what it was, or its disk fails. Packing again may mend it. */
export class DamagedDataError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedDataError';
  }
}
