import seedrandom from 'seedrandom';
import {
  describeNetwork,
  type NetworkDescription,
  type NetworkPlan,
  type UpdateRule,
} from '../../src/network/describe.js';
import type { Variables } from '../program/reference.js';

/** The smallest network of its kind; what is given replaces the sizes. */
export function tinyDescription(description: Partial<NetworkDescription> = {}): NetworkDescription {
  const sizes = {
    family: 'residual',
    width: 2,
    blocks: 1,
    stages: 2,
    stem: 'small',
    resolution: 6,
    classes: 3,
  } as const;
  return { ...sizes, ...description };
}

export function tiny(description: Partial<NetworkDescription> = {}, rule: Partial<UpdateRule> = {}): NetworkPlan {
  return describeNetwork(tinyDescription(description), rule);
}

/**
 * First values in float64; norms are moved, because batch norms that scale by zero would hide the gradients behind
 * them.
 */
export function startingPoint(network: NetworkPlan, seed: string): Variables {
  const random = seedrandom.alea(seed);
  const values = [...network.initialValues(seed)].map(([name, start]) => {
    const norms = name === 'norms' || name === 'norms.average';
    return [name, Float64Array.from(start, (value) => value + (norms ? 0.4 + 0.4 * random() : 0))] as const;
  });
  return new Map(values);
}

export function randomImages(count: number, side: number, seed: string): Uint8Array {
  const random = seedrandom.alea(seed);
  return Uint8Array.from({ length: count * side * side * 3 }, () => Math.floor(256 * random()));
}

/** Smoothed labels: rows sum to 1. */
export function randomTargets(count: number, classes: number, seed: string): Float32Array {
  const random = seedrandom.alea(seed);
  const rows = Array.from({ length: count }, () => {
    const label = Math.floor(classes * random());
    return Array.from({ length: classes }, (_, k) => (k === label ? 0.75 : 0) + 0.25 / classes);
  });
  return Float32Array.from(rows.flat());
}

export function copyOf(variables: Variables): Variables {
  return new Map([...variables].map(([name, values]) => [name, values.slice()]));
}

export function variable(variables: Variables, name: string): Float64Array {
  const values = variables.get(name);
  if (values === undefined) throw new Error(`no variable ${name}`);
  return values;
}
