/** A clock that a test sets; what is due by then happens at once. */
export function manualClock() {
  let now = 0;
  const appointments: { at: number; callback: () => void }[] = [];
  const clock = {
    nowSeconds: () => now,
    at: (at: number, callback: () => void) => {
      const own = { at, callback };
      appointments.push(own);
      return () => {
        own.callback = () => undefined;
      };
    },
  };
  const goTo = (seconds: number) => {
    now = seconds;
    for (const { at, callback } of [...appointments]) if (at <= now) callback();
  };
  return { clock, goTo };
}
