/** Packed data could not be read as they were written: a file is gone, has another size, or its disk fails. Packing again may mend it. */
export class DamagedDataError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DamagedDataError';
  }
}
