/** Engines that only one process may use at a time, by name: what is known of an engine before it has been started. */
const exclusiveEngines: ReadonlySet<string> = new Set(['native-gpu', 'webgpu']);

/** Trials that run at the same time: one a core, or one where the device allows no more. */
export function slotsOf(engine: { readonly exclusive: boolean }, threads: number): number {
  return engine.exclusive ? 1 : threads;
}

/**
 * Most trials that may run at the same time on an engine that has not been started yet.
 * @param name the engine that the user has chosen; undefined where the program chooses: one that shares its device is possible then.
 */
export function mostSlots(name: string | undefined, threads: number): number {
  return slotsOf({ exclusive: name !== undefined && exclusiveEngines.has(name) }, threads);
}
