import type { StudyState } from '../../src/state/types.js';
import { initialUi } from '../../src/ui/model/navigation.js';
import { type ViewModel, type ViewOptions, viewModel } from '../../src/ui/model/view.js';

/** The characters of a screen, one string a row. */
export function textOf(model: ViewModel): string[] {
  return model.sections.flatMap(({ lines }) => lines.map(({ segments }) => segments.map(({ text }) => text).join('')));
}

export function options(changes: Partial<ViewOptions> = {}): ViewOptions {
  return { ...initialUi, columns: 80, rows: 24, ascii: false, stopping: false, packing: null, ...changes };
}

export function frame(state: StudyState, nowSeconds: number, changes: Partial<ViewOptions> = {}): string[] {
  return textOf(viewModel(state, nowSeconds, options(changes)));
}
