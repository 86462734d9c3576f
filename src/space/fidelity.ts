import type { FidelitySettings } from './types.js';

export interface RungFidelity {
  /** Part of the training images, in (0, 1]. */
  readonly subset: number;
  /** Part of the classes, in (0, 1]. */
  readonly classes: number;
  /** Side of the images in pixels. */
  readonly resolution: number;
}

/**
 * What a rung sees of the data. Factors grow geometrically from the setting at rung 0 to 1 at the highest rung; the side is a multiple
 * of 4 and at least 8 below the highest rung, and never above the configuration's.
 *
 * @param rung counted from 0 on the ladder of the deepest bracket, so that the same resource means the same fidelity in all brackets
 * @param rungs rungs of the deepest bracket
 * @param resolution the configuration's, in pixels
 */
export function rungFidelity(
  settings: FidelitySettings,
  rung: number,
  rungs: number,
  resolution: number,
): RungFidelity {
  const below = rungs > 1 ? Math.min(1, Math.max(0, (rungs - 1 - rung) / (rungs - 1))) : 0;
  const side = resolution * settings.resolution ** below;
  const rounded = Math.max(8, Math.round(side / 4) * 4);
  return {
    subset: settings.subset ** below,
    classes: settings.classes ** below,
    resolution: settings.resolution ** below === 1 ? resolution : Math.min(resolution, rounded),
  };
}
