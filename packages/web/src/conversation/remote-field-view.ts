import type { FieldState } from '@pairwire/pairing';
import { selectContents } from '../clipboard.ts';
import { createCopyButton } from '../ui/copy-button.ts';
import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { segmentField } from './field-segments.ts';

export interface RemoteFieldView {
  readonly element: HTMLElement;
  update(field: FieldState): void;
}

/**
 * What the other side is typing, as it is typed: with its caret, its selection, and the part that
 * an input method is still composing underlined. Not a live region: nobody wants to hear each
 * letter; the finished message is read out.
 */
export function createRemoteFieldView(context: ViewContext, peerName: string): RemoteFieldView {
  const { texts } = context;
  let shown = '';
  const text = element('p', {
    class: 'message-text',
    'data-testid': 'remote-field',
    'aria-live': 'off',
    dir: 'auto',
  });
  const caret = element('span', { class: 'remote-caret', 'aria-hidden': 'true' });
  const bubble = element(
    'section',
    { class: 'remote', 'aria-label': texts.liveRegionLabel(peerName), hidden: true },
    text,
    element(
      'div',
      { class: 'message-foot' },
      element('span', { class: 'remote-label' }, texts.liveLabel(peerName)),
      createCopyButton(context, {
        testId: 'copy-remote',
        label: texts.copyLive,
        kind: 'icon',
        text: () => shown,
        onFailure() {
          selectContents(text);
          context.announce(texts.copyFailed);
        },
      }),
    ),
  );
  return {
    element: bubble,
    update(field) {
      shown = field.text;
      bubble.hidden = field.text === '';
      const { segments, caretBefore } = segmentField(field);
      const parts: Node[] = segments.map((segment) =>
        segment.selected || segment.composing
          ? element('span', { class: segmentClass(segment) }, segment.text)
          : document.createTextNode(segment.text),
      );
      parts.splice(caretBefore, 0, caret);
      text.replaceChildren(...parts);
    },
  };
}

function segmentClass(segment: { selected: boolean; composing: boolean }): string {
  return [segment.selected && 'is-selected', segment.composing && 'is-composing']
    .filter(Boolean)
    .join(' ');
}
