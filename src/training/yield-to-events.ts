/** Lets the event loop run once: timers fire, and messages come and go. */
export const yieldToEvents = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
