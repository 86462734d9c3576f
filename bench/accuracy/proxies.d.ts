/** Types for the tests. */
export interface Proxy {
  readonly name: string;
  readonly subset: number;
  readonly classes: number;
  readonly resolution: number;
  readonly resample: boolean;
}
export interface ProxyLine {
  readonly kind: 'end' | 'proxy';
  /** Of the configuration. */
  readonly number: number;
  readonly seconds: number;
  readonly proxy?: string;
  readonly accuracy: number;
  readonly wallSeconds: number;
}
export declare function proxyOf(text: string): Proxy;
export declare function proxyTable(lines: readonly ProxyLine[], repetitions: number): readonly string[];
