import { buildConfiguration, sampleValue, valueIn } from '../space/sample.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import { drawFromKernel, logKernel, referenceWidth } from './kernels.js';
import { coordinateOf, type FreeParameter } from './point.js';

/**
 * The density of a sample of configurations: the mean of products of kernels, one product an observation (as in BOHB, Falkner et al. 2018). A
 * parameter that is inactive in an observation has no kernel there: where it is active in a point it counts as uniform, and where it is inactive
 * the point has no density for it. So every product is a distribution over the conditional space, and `draw` draws from it.
 */
export class ProductDensity {
  private readonly parameters: readonly FreeParameter[];
  /** By observation and parameter, as `coordinateOf` has it; NaN where inactive. */
  private readonly points: readonly Float64Array[];
  private readonly widths: readonly number[];
  /** By observation and coordinate, in logarithms; null where inactive. */
  private readonly kernels: readonly (readonly (((coordinate: number) => number) | null)[])[];

  /** @param sample not empty. */
  constructor(
    private readonly space: SearchSpace,
    sample: readonly Configuration[],
  ) {
    this.parameters = space.parameters.filter((parameter) => parameter.kind !== 'constant');
    this.points = sample.map((configuration) => this.pointOf(configuration));
    this.widths = this.parameters.map((parameter, index) => {
      const active = this.points.map((point) => point[index] ?? Number.NaN).filter((one) => !Number.isNaN(one));
      return active.length === 0 ? 1 : referenceWidth(parameter, active, this.parameters.length);
    });
    this.kernels = this.points.map((point) =>
      this.parameters.map((parameter, index) => {
        const centre = point[index] ?? Number.NaN;
        return Number.isNaN(centre) ? null : logKernel(parameter, centre, this.widths[index] ?? 1);
      }),
    );
  }

  /** In logarithms: products of many parameters leave the range of numbers. */
  logDensity(configuration: Configuration): number {
    const point = this.pointOf(configuration);
    const logs = this.kernels.map((kernels) => {
      let sum = 0;
      for (let index = 0; index < kernels.length; index++) {
        const coordinate = point[index] ?? Number.NaN;
        if (Number.isNaN(coordinate)) continue;
        sum += kernels[index]?.(coordinate) ?? this.uniformLog(index);
      }
      return sum;
    });
    const highest = logs.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY);
    if (highest === Number.NEGATIVE_INFINITY) return highest;
    return highest + Math.log(logs.reduce((sum, one) => sum + Math.exp(one - highest), 0) / logs.length);
  }

  /** @param widening of the numbers' kernels, to look a little further than what has been seen. */
  draw(random: () => number, widening: number): Configuration {
    const point = this.points[Math.min(this.points.length - 1, Math.floor(random() * this.points.length))];
    return buildConfiguration(this.space, (parameter) => {
      const index = this.parameters.indexOf(parameter);
      const centre = point?.[index] ?? Number.NaN;
      if (Number.isNaN(centre)) return sampleValue(parameter, random);
      const width = (this.widths[index] ?? 1) * (parameter.kind === 'choice' ? 1 : widening);
      return drawFromKernel(parameter, centre, width, random);
    });
  }

  private pointOf(configuration: Configuration): Float64Array {
    return Float64Array.from(this.parameters, (parameter) => {
      const value = valueIn(configuration, parameter.name);
      return value === undefined ? Number.NaN : coordinateOf(parameter, value);
    });
  }

  private uniformLog(index: number): number {
    const parameter = this.parameters[index];
    return parameter?.kind === 'choice' ? -Math.log(parameter.values.length) : 0;
  }
}
