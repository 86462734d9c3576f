import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/ui/model/keys.js';
import { type Drawn, initialUi, navigate, screenOf, type UiState } from '../../../src/ui/model/navigation.js';

const table: Drawn = { screen: 'search', order: [3, 10, 0, 6, 9], page: 2, scroll: 0, lastScroll: 3 };
const body: Drawn = { ...table, screen: 'final', page: 10, scroll: 5, lastScroll: 12 };

function pressed(actions: readonly Action[], drawn: Drawn = table, from: UiState = initialUi): UiState {
  return actions.reduce((ui, action) => navigate(ui, action, drawn), from);
}

describe('in the table', () => {
  test('the selection moves in the order of the table', () => {
    expect(pressed(['down', 'down', 'down']).selected).toBe(6);
    expect(pressed(['down', 'down', 'up']).selected).toBe(10);
  });

  test('it stops at both ends', () => {
    expect(pressed(['up']).selected).toBe(3);
    expect(pressed(['bottom', 'down']).selected).toBe(9);
    expect(pressed(['bottom', 'top']).selected).toBe(3);
  });

  test('a page moves by the visible rows', () => {
    expect(pressed(['pageDown']).selected).toBe(0);
    expect(pressed(['pageDown', 'pageDown', 'pageDown', 'pageUp']).selected).toBe(0);
  });

  test('the selection stays with its trial when the order changes', () => {
    const ui = pressed(['down']);
    expect(navigate(ui, 'down', { ...table, order: [0, 10, 3] }).selected).toBe(3);
  });

  test('with no trials nothing is selected or opened', () => {
    expect(pressed(['down', 'open'], { ...table, order: [] })).toEqual(initialUi);
  });
});

describe('between screens', () => {
  test('enter opens the selected trial and esc leads back', () => {
    const open = pressed(['down', 'open']);
    expect(open).toMatchObject({ screen: 'detail', selected: 10, scroll: 0 });
    expect(navigate(open, 'back', { ...table, screen: 'detail' })).toMatchObject({ screen: 'search', selected: 10 });
  });

  test('in the detail the arrows lead to the next trial, the page keys scroll', () => {
    const detail = { ...table, screen: 'detail' } as const;
    expect(pressed(['down'], detail, pressed(['open']))).toMatchObject({ screen: 'detail', selected: 10 });
    expect(pressed(['pageDown'], detail, pressed(['open']))).toMatchObject({ selected: 3, scroll: 2 });
  });

  test('help leads back to where it was asked for', () => {
    const asked = pressed(['help'], body, { ...initialUi, screen: 'final' });
    expect(asked.screen).toBe('help');
    for (const action of ['help', 'back'] as const) {
      expect(navigate(asked, action, { ...body, screen: 'help' }).screen).toBe('final');
    }
  });

  test('time and help lead back to where the first of them was asked for', () => {
    const time = pressed(['time'], body, { ...initialUi, screen: 'final' });
    expect(time).toMatchObject({ screen: 'time', scroll: 0 });
    const help = navigate(time, 'help', { ...body, screen: 'time' });
    expect(help).toMatchObject({ screen: 'help', from: 'final' });
    expect(navigate(help, 'back', { ...body, screen: 'help' }).screen).toBe('final');
    expect(navigate(time, 'time', { ...body, screen: 'time' }).screen).toBe('final');
  });

  test('messages are left as time and help are', () => {
    const asked = pressed(['messages'], body, { ...initialUi, screen: 'final' });
    expect(asked).toMatchObject({ screen: 'messages', from: 'final' });
    expect(navigate(asked, 'back', { ...body, screen: 'messages' }).screen).toBe('final');
    expect(navigate(asked, 'messages', { ...body, screen: 'messages' }).screen).toBe('final');
  });

  test('tab goes between search and final run', () => {
    expect(pressed(['switch']).screen).toBe('final');
    expect(pressed(['switch'], body).screen).toBe('search');
  });

  test('esc on a main screen changes nothing', () => {
    expect(pressed(['back'])).toEqual(initialUi);
  });

  test('until somebody chooses, the screen follows the study', () => {
    expect(screenOf(null, 'search')).toBe('search');
    expect(screenOf(null, 'final')).toBe('final');
    expect(screenOf('search', 'final')).toBe('search');
  });
});

test('the final run and the help scroll within their lines', () => {
  expect(pressed(['down'], body).scroll).toBe(6);
  expect(pressed(['pageDown'], body).scroll).toBe(12);
  expect(pressed(['top'], body).scroll).toBe(0);
  expect(pressed(['bottom'], body).scroll).toBe(12);
});

test('asking to stop moves nothing', () => {
  expect(pressed(['interrupt'])).toBe(initialUi);
});
