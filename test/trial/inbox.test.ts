import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Inbox } from '../../src/trial/inbox.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the inbox', () => {
  it('keeps early lines until somebody listens', async () => {
    const input = new PassThrough();
    const inbox = new Inbox(input, () => undefined);
    input.write('first\nsec');
    await settled();
    input.write('ond\n');
    await settled();
    const received: string[] = [];
    inbox.listen((line) => received.push(line));
    input.write('third\n');
    await settled();
    expect(received).toEqual(['first', 'second', 'third']);
  });

  it('says once when the study is gone', async () => {
    let ends = 0;
    const input = new PassThrough();
    new Inbox(input, () => ends++);
    input.end();
    await settled();
    await settled();
    expect(ends).toBe(1);
  });
});
