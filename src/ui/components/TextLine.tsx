import { Text } from 'ink';
import type { ReactElement } from 'react';
import { type Line, lineWidth } from '../model/segments.js';
import { styleOf } from './tones.js';

/** One line of the view model; `columns` is how far a reversed line reaches. */
export function TextLine({ content, columns }: { readonly content: Line; readonly columns: number }): ReactElement {
  const { segments, inverse } = content;
  if (segments.length === 0) return <Text> </Text>;
  const rest = inverse ? ' '.repeat(Math.max(0, columns - lineWidth(content))) : '';
  let position = 0;
  return (
    <Text wrap="truncate-end" inverse={inverse}>
      {segments.map(({ text, tone }) => {
        const key = position;
        position += text.length;
        return (
          <Text key={key} {...styleOf(tone)}>
            {text}
          </Text>
        );
      })}
      {rest}
    </Text>
  );
}
