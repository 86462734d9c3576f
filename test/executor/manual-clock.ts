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
    for (const due of appointments.filter(({ at }) => at <= now)) {
      appointments.splice(appointments.indexOf(due), 1);
      due.callback();
    }
  };
  return { clock, goTo };
}
