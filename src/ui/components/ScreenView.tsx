import { Box } from 'ink';
import type { ReactElement } from 'react';
import type { ViewModel } from '../model/view.js';
import { SectionView } from './SectionView.js';

/**
 * A whole screen. It is one row lower than the terminal: a frame that fills the last row would scroll it.
 * @param rows the terminal's rows; null draws only as many as the sections have.
 */
export function ScreenView(props: {
  readonly model: ViewModel;
  readonly columns: number;
  readonly rows: number | null;
}): ReactElement {
  const { model, columns, rows } = props;
  const height = rows === null ? {} : { height: Math.max(1, rows - 1) };
  return (
    <Box flexDirection="column" width={columns} overflow="hidden" {...height}>
      {model.sections.map((section) => (
        <SectionView key={section.name} section={section} columns={columns} />
      ))}
    </Box>
  );
}
