import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Inbox, type ReceivedLine } from '../../src/trial/inbox.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the inbox', () => {
  it('keeps early lines, with the time of their receipt, until somebody listens', async () => {
    let clock = 1;
    const input = new PassThrough();
    const inbox = new Inbox(
      input,
      () => clock,
      () => undefined,
    );
    input.write('first\nsec');
    await settled();
    clock = 2;
    input.write('ond\n');
    await settled();
    clock = 3;
    const received: ReceivedLine[] = [];
    inbox.listen((line) => received.push(line));
    input.write('third\n');
    await settled();
    expect(received).toEqual([
      { line: 'first', receivedAtSeconds: 1 },
      { line: 'second', receivedAtSeconds: 2 },
      { line: 'third', receivedAtSeconds: 3 },
    ]);
  });

  it('says once when the study is gone', async () => {
    let ends = 0;
    const input = new PassThrough();
    new Inbox(
      input,
      () => 0,
      () => ends++,
    );
    input.end();
    await settled();
    await settled();
    expect(ends).toBe(1);
  });
});
