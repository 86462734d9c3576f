import { useApp, useInput } from 'ink';
import { type ReactElement, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Phase } from '../../state/types.js';
import { actionOf, keyNames } from '../model/keys.js';
import { initialUi, navigate } from '../model/navigation.js';
import { viewModel } from '../model/view.js';
import type { StudyView } from '../types.js';
import { ScreenView } from './ScreenView.js';
import { type SizedStream, useSize } from './useSize.js';
import { useSnapshot } from './useSnapshot.js';

export interface AppProps {
  readonly view: StudyView;
  /** The terminal drawn on; its size is followed. */
  readonly stream: SizedStream;
  readonly ascii: boolean;
  /** Take no more rows than there is to show. */
  readonly inline: boolean;
  /** Called when the application is taken down, for whatever reason; a signal that ends the process included. */
  readonly onUnmount?: () => void;
}

export function hasEnded(phase: Phase): boolean {
  return phase === 'finished' || phase === 'interrupted';
}

/** The study's screen: what is drawn follows from the state, the clock and the few things that keys move. Ends with the study. */
export function App({ view, stream, ascii, inline, onUnmount }: AppProps): ReactElement {
  const { exit } = useApp();
  const size = useSize(stream);
  const [ui, setUi] = useState(initialUi);
  const [stopping, setStopping] = useState(false);
  const { state, nowSeconds, packing } = useSnapshot(view);
  const model = viewModel(state, nowSeconds, { ...ui, ...size, ascii, stopping, packing });
  // The keys of a burst arrive before the next drawing: each must find where the last one led.
  const place = useRef(ui);
  useInput((input, key) => {
    for (const name of keyNames(input, key)) {
      const action = actionOf(name);
      if (action === 'interrupt') {
        setStopping(true);
        view.interrupt();
      } else if (action !== null) {
        place.current = navigate(place.current, action, model);
      }
    }
    setUi(place.current);
  });

  const ended = hasEnded(state.phase);
  useEffect(() => {
    if (ended) exit();
  }, [ended, exit]);

  useLayoutEffect(() => onUnmount, [onUnmount]);

  return <ScreenView model={model} columns={size.columns} rows={inline ? null : size.rows} />;
}
