import { expect, it } from 'vitest';
import { Gate } from '../../../src/data/pack/gate.js';

/** Work that ends when it is told to, by name. */
function setUp(capacity: number) {
  const gate = new Gate(capacity);
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, weight: number, fails = false) =>
    gate.run(weight, async () => {
      running.push(name);
      await new Promise<void>((end) => ends.set(name, end));
      running.splice(running.indexOf(name), 1);
      if (fails) throw new Error(name);
    });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string) => {
    ends.get(name)?.();
    await settle();
  };
  return { start, end, settle, running };
}

it('work begins in the order of asking while its weights stay within the capacity', async () => {
  const { start, end, settle, running } = setUp(10);
  const all = [start('a', 6), start('b', 4), start('c', 5), start('d', 1)];
  await settle();
  expect(running).toEqual(['a', 'b']);
  await end('b');
  expect(running).toEqual(['a']);
  await end('a');
  expect(running).toEqual(['c', 'd']);
  await end('c');
  await end('d');
  await Promise.all(all);
});

it('what weighs more than the capacity runs alone, and what fails makes room, too', async () => {
  const { start, end, settle, running } = setUp(10);
  const all = Promise.allSettled([start('large', 1e9, true), start('small', 1)]);
  await settle();
  expect(running).toEqual(['large']);
  await end('large');
  expect(running).toEqual(['small']);
  await end('small');
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
