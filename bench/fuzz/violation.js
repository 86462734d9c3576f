/** A rule that an input has broken. */
export class Violation extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

export function require(condition, kind, message) {
  if (!condition) throw new Violation(kind, typeof message === 'function' ? message() : message);
}
