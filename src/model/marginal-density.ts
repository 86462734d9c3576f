import { sampleValue } from '../space/sample.js';
import type { ParameterValue } from '../space/types.js';
import { drawFromKernel, kernel } from './kernels.js';
import { coordinateOf, type FreeParameter } from './point.js';

/**
 * The density of one parameter over a sample: the mean of a kernel around each observation and of a uniform one, whose part shrinks as
 * observations come in (as in Optuna's TPE). Numbers: a kernel reaches to the farther of its two neighbours.
 */
export class MarginalDensity {
  private readonly centres: readonly number[];
  private readonly widths: readonly number[];
  private readonly kernels: readonly ((coordinate: number) => number)[];
  private readonly uniform: number;

  /** @param values of the observations in which the parameter is active; may be empty. */
  constructor(
    private readonly parameter: FreeParameter,
    values: readonly ParameterValue[],
  ) {
    this.centres = values.map((value) => coordinateOf(parameter, value)).sort((a, b) => a - b);
    this.widths = parameter.kind === 'choice' ? this.choiceWidths(parameter.values.length) : this.numberWidths();
    this.kernels = this.centres.map((centre, index) => kernel(parameter, centre, this.widths[index] ?? 1));
    this.uniform = parameter.kind === 'choice' ? 1 / parameter.values.length : 1;
  }

  logDensity(value: ParameterValue): number {
    const coordinate = coordinateOf(this.parameter, value);
    const sum = this.kernels.reduce((total, density) => total + density(coordinate), this.uniform);
    return Math.log(sum / (this.kernels.length + 1));
  }

  draw(random: () => number): ParameterValue {
    const index = Math.floor(random() * (this.centres.length + 1));
    const centre = this.centres[index];
    if (centre === undefined) return sampleValue(this.parameter, random);
    return drawFromKernel(this.parameter, centre, this.widths[index] ?? 1, random);
  }

  private choiceWidths(values: number): readonly number[] {
    return this.centres.map(() => (values - 1) / (this.centres.length + values));
  }

  /** The middle counts as a neighbour, as the centre of the uniform kernel. */
  private numberWidths(): readonly number[] {
    const sorted = [...this.centres, 0.5].sort((a, b) => a - b);
    const least = 1 / Math.min(100, 1 + this.centres.length);
    return this.centres.map((centre) => {
      const index = sorted.indexOf(centre);
      const below = centre - (sorted[index - 1] ?? centre);
      const above = (sorted[sorted.lastIndexOf(centre) + 1] ?? centre) - centre;
      return Math.min(1, Math.max(least, below, above));
    });
  }
}
