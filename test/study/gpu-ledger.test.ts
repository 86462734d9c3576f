import { describe, expect, it } from 'vitest';
import { guessedOverheadBytes } from '../../src/engine/gpu/pool.js';
import { GpuLedger, type GpuMemory } from '../../src/study/gpu-ledger.js';

const mebibyte = 2 ** 20;

function ledgerWithNotes() {
  const notes: GpuMemory[] = [];
  return { ledger: new GpuLedger(6e9, (memory) => notes.push(memory)), notes };
}

describe('the numbers of GPU memory', () => {
  it('are the highest that were seen', () => {
    const { ledger, notes } = ledgerWithNotes();
    for (const bytes of [30 * mebibyte, 50 * mebibyte, 40 * mebibyte]) {
      ledger.estimated(bytes);
      ledger.allocated(bytes + 1);
      ledger.held(bytes + 2);
    }
    ledger.pool(4000 * mebibyte);
    ledger.write(true);
    expect(notes).toEqual([
      {
        limitBytes: 6e9,
        poolBytes: 4000 * mebibyte,
        overheadBytes: guessedOverheadBytes,
        estimatedBytes: 50 * mebibyte,
        allocatedBytes: 50 * mebibyte + 1,
        measuredBytes: 50 * mebibyte + 2,
      },
    ]);
  });

  it('are told as unknown until something was seen', () => {
    const { ledger, notes } = ledgerWithNotes();
    ledger.pool(1);
    ledger.allocated(0);
    ledger.write(true);
    expect(notes).toMatchObject([{ estimatedBytes: null, allocatedBytes: null, measuredBytes: null }]);
  });

  it('are told again once one has changed by enough, or at all where it is asked for', () => {
    const { ledger, notes } = ledgerWithNotes();
    ledger.write(true);
    ledger.held(15 * mebibyte);
    ledger.write(false);
    expect(notes).toHaveLength(0);
    ledger.held(17 * mebibyte);
    ledger.write(false);
    ledger.write(true);
    expect(notes).toHaveLength(1);
    ledger.held(18 * mebibyte);
    ledger.write(true);
    expect(notes).toHaveLength(2);
  });
});

describe('what lies beside the pool', () => {
  it('is guessed high until it was measured, then the highest measured', () => {
    const { ledger } = ledgerWithNotes();
    expect(ledger.overheadBytes).toBe(guessedOverheadBytes);
    ledger.overhead(400 * mebibyte);
    expect(ledger.overheadBytes).toBe(400 * mebibyte);
    ledger.overhead(500 * mebibyte);
    ledger.overhead(300 * mebibyte);
    expect(ledger.overheadBytes).toBe(500 * mebibyte);
  });
});
