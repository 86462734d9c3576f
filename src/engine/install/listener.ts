/** Hears how a long piece of work goes on. */
export interface WorkListener {
  /** Something has begun, or is known now: a line for people. */
  step(text: string): void;
  /** How far the work named `what` is. The last call of each has `doneBytes` = `totalBytes`. */
  progress(what: string, doneBytes: number, totalBytes: number): void;
}
