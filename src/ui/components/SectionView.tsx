import { Box } from 'ink';
import type { ReactElement } from 'react';
import type { Section } from '../model/view.js';
import { TextLine } from './TextLine.js';

/** The lines of one section, below each other. */
export function SectionView({
  section,
  columns,
}: {
  readonly section: Section;
  readonly columns: number;
}): ReactElement {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {section.lines.map((content, row) => (
        <TextLine key={`${section.name}-${row.toString()}`} content={content} columns={columns} />
      ))}
    </Box>
  );
}
