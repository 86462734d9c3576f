import { unreachable } from '../../errors.js';
import type { Phase } from '../../state/types.js';
import type { Action } from './keys.js';

/** What is looked at beside the study's main screens. */
type Aside = 'time' | 'messages' | 'help';

export type Screen = 'search' | 'detail' | 'final' | Aside;

/** What the user has moved; everything else on the screen follows from the study's state. */
export interface UiState {
  /** Null until the user chooses: the screen then follows the study from search to final run. */
  readonly screen: Screen | null;
  /** Where `esc` leads from the detail, the time, the messages and the help. */
  readonly from: Screen | null;
  /** Number of the selected trial; null for the first of the table. */
  readonly selected: number | null;
  /** First visible row of the table, or first visible line of the other screens. */
  readonly scroll: number;
}

export const initialUi: UiState = { screen: null, from: null, selected: null, scroll: 0 };

/** What the last drawn screen looked like, which is what a key refers to. */
export interface Drawn {
  readonly screen: Screen;
  /** Trial numbers in the order of the table. */
  readonly order: readonly number[];
  /** Visible rows of the part that scrolls. */
  readonly page: number;
  readonly scroll: number;
  readonly lastScroll: number;
}

export function screenOf(screen: Screen | null, phase: Phase): Screen {
  return screen ?? (phase === 'final' ? 'final' : 'search');
}

function select(ui: UiState, drawn: Drawn, step: number): UiState {
  const { order } = drawn;
  const current = ui.selected === null ? 0 : Math.max(0, order.indexOf(ui.selected));
  const next = Math.min(order.length - 1, Math.max(0, current + step));
  return { ...ui, selected: order[next] ?? null, scroll: drawn.screen === 'search' ? drawn.scroll : 0 };
}

function scrollBy(ui: UiState, drawn: Drawn, step: number): UiState {
  return { ...ui, scroll: Math.min(drawn.lastScroll, Math.max(0, drawn.scroll + step)) };
}

function leave(ui: UiState): UiState {
  return { ...ui, screen: ui.from, from: null, scroll: 0 };
}

const asides: readonly Screen[] = ['time', 'messages', 'help'] satisfies readonly Aside[];

/** Opens time, messages or help, or leaves it again. There is one step back, not a stack of them: from a detail it leads to the table. */
function stepAside(ui: UiState, screen: Screen, to: Aside): UiState {
  if (screen === to) return leave(ui);
  const from = asides.includes(screen) ? ui.from : screen === 'detail' ? 'search' : ui.screen;
  return { ...ui, screen: to, from, scroll: 0 };
}

/** The user's place after an action; `interrupt` does not move it. */
export function navigate(ui: UiState, action: Action, drawn: Drawn): UiState {
  const { screen } = drawn;
  const overTrials = screen === 'search' || screen === 'detail';
  const all = drawn.order.length + drawn.lastScroll;
  switch (action) {
    case 'down':
      return overTrials ? select(ui, drawn, 1) : scrollBy(ui, drawn, 1);
    case 'up':
      return overTrials ? select(ui, drawn, -1) : scrollBy(ui, drawn, -1);
    case 'bottom':
      return overTrials ? select(ui, drawn, all) : scrollBy(ui, drawn, all);
    case 'top':
      return overTrials ? select(ui, drawn, -all) : scrollBy(ui, drawn, -all);
    case 'pageDown':
      return screen === 'search' ? select(ui, drawn, drawn.page) : scrollBy(ui, drawn, drawn.page);
    case 'pageUp':
      return screen === 'search' ? select(ui, drawn, -drawn.page) : scrollBy(ui, drawn, -drawn.page);
    case 'open': {
      if (screen !== 'search' || drawn.order.length === 0) return ui;
      return { screen: 'detail', from: 'search', selected: ui.selected ?? drawn.order[0] ?? null, scroll: 0 };
    }
    case 'back':
      return screen === 'detail' || asides.includes(screen) ? leave(ui) : ui;
    case 'switch':
      return { ...ui, screen: screen === 'final' ? 'search' : 'final', from: null, scroll: 0 };
    case 'time':
    case 'messages':
    case 'help':
      return stepAside(ui, screen, action);
    case 'interrupt':
      return ui;
    default:
      return unreachable(action);
  }
}
