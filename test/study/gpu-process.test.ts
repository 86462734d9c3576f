import { describe, expect, it } from 'vitest';
import { GpuProcessWatch } from '../../src/study/gpu-process.js';
import { fakeProcess, GpuMachine, granted, grown, mebibyte, uuid } from './gpu-machine.js';

function watched() {
  const machine = new GpuMachine();
  const process = fakeProcess(machine, 7);
  const watch = new GpuProcessWatch(process, {
    uuid,
    poolBytes: 4000 * mebibyte,
    offeredBytes: 4000 * mebibyte,
    usedBytes: 300 * mebibyte,
    freeBytes: 44_700 * mebibyte,
  });
  const ask = async (what: 'heldBytes' | 'leftBytes') => {
    const { gpus, processes } = await machine.read();
    const [gpu] = gpus;
    return gpu ? watch[what](gpu, processes) / mebibyte : Number.NaN;
  };
  return { machine, process, watch, ask };
}

describe('a process on the GPU', () => {
  it('is read by its own part of the log, as far as that has come', () => {
    const { process, watch } = watched();
    watch.readLog();
    expect(watch.grantedBytes).toBeNull();
    process.say(granted(3900));
    process.say('x'.repeat(200_000));
    process.say(grown('16.00MiB'));
    watch.readLog();
    expect([watch.grantedBytes, watch.allocatedBytes]).toEqual([3900 * mebibyte, 16 * mebibyte]);
    process.say(grown('2.00GiB'));
    watch.readLog();
    expect(watch.allocatedBytes).toBe(2 ** 31);
  });

  it('holds what nvidia-smi says it holds', async () => {
    const { machine, ask } = watched();
    machine.processes.set(7, 5000);
    machine.processes.set(8, 1000);
    expect(await ask('heldBytes')).toBe(5000);
  });

  it('holds what has come since it started where nvidia-smi does not list it', async () => {
    const { machine, watch, ask } = watched();
    machine.lists = false;
    machine.processes.set(7, 5000);
    expect(await ask('heldBytes')).toBe(5000);
    machine.othersMebibytes = 0;
    machine.processes.clear();
    expect(await ask('heldBytes')).toBe(0);
    expect(watch.isListed).toBe(false);
  });

  it('holds what has come since it started where its size is not told, at first or at times', async () => {
    const { machine, watch, ask } = watched();
    machine.tellsSizes = false;
    machine.processes.set(7, 5000);
    machine.othersMebibytes += 100;
    expect([await ask('heldBytes'), watch.isListed]).toEqual([5100, false]);
    machine.tellsSizes = true;
    expect([await ask('heldBytes'), watch.isListed]).toEqual([5000, true]);
    machine.tellsSizes = false;
    expect([await ask('heldBytes'), watch.isListed]).toEqual([5100, false]);
    machine.tellsSizes = true;
    machine.processes.set(7, 0);
    expect([await ask('heldBytes'), watch.isListed]).toEqual([100, false]);
  });

  it('that was listed without its size has left nothing once it is off the list', async () => {
    const { machine, ask } = watched();
    machine.tellsSizes = false;
    machine.processes.set(7, 5000);
    expect(await ask('leftBytes')).toBe(5000);
    machine.processes.clear();
    machine.othersMebibytes = 9000;
    expect(await ask('leftBytes')).toBe(0);
  });

  it('that was listed has left nothing once it is off the list, whatever others do', async () => {
    const { machine, ask } = watched();
    machine.processes.set(7, 5000);
    await ask('heldBytes');
    machine.othersMebibytes = 9000;
    expect(await ask('leftBytes')).toBe(5000);
    machine.processes.clear();
    expect(await ask('leftBytes')).toBe(0);
  });

  it('that was never listed has left nothing once as much is free as before', async () => {
    const { machine, ask } = watched();
    machine.lists = false;
    machine.processes.set(7, 5000);
    expect(await ask('leftBytes')).toBe(5000);
    machine.processes.clear();
    expect(await ask('leftBytes')).toBe(0);
  });
});
