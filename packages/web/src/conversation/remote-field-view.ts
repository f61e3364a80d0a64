import type { FieldState } from '@pairwire/pairing';
import { selectContents } from '../clipboard.ts';
import { createCopyButton } from '../ui/copy-button.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { changedLines, fieldLines, type FieldLine, type LinePart } from './field-lines.ts';

export interface RemoteFieldView {
  readonly element: HTMLElement;
  update(field: FieldState): void;
  /** Asleep, nobody is typing: what is there was typed before. */
  setAwake(awake: boolean): void;
}

/**
 * What the other side is typing, as it is typed: with its caret, its selection, and the part that
 * an input method is still composing underlined. Not a live region: nobody wants to hear each
 * letter; the finished message is read out.
 *
 * Each line is an element that stays while the line stays the same: a long text is not laid out
 * anew for every letter.
 */
export function createRemoteFieldView(context: ViewContext, peerName: string): RemoteFieldView {
  const { texts } = context;
  let shown = '';
  let lines: FieldLine[] = [];
  const text = element('p', {
    class: 'message-text',
    'data-testid': 'remote-field',
    'aria-live': 'off',
    dir: 'auto',
  });
  const caret = element('span', { class: 'remote-caret', 'aria-hidden': 'true' });
  const createPart = (part: LinePart): Node | string => {
    if (part === 'caret') return caret;
    if (!part.selected && !part.composing) return part.text;
    return element('span', { class: segmentClass(part) }, part.text);
  };
  const label = element('span', { class: 'remote-label' }, texts.liveLabel(peerName));
  const bubble = element(
    'section',
    { class: 'remote', 'aria-label': texts.liveRegionLabel(peerName), hidden: true },
    text,
    element(
      'div',
      { class: 'message-foot' },
      label,
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
    setAwake(awake) {
      setText(label, awake ? texts.liveLabel(peerName) : texts.remoteLeft(peerName));
      bubble.classList.toggle('is-asleep', !awake);
    },
    update(field) {
      shown = field.text;
      bubble.hidden = field.text === '';
      const next = fieldLines(field);
      const { start, end } = changedLines(lines, next);
      const after = text.children.item(lines.length - end);
      for (let left = lines.length - start - end; left > 0; left -= 1)
        text.children[start]?.remove();
      for (const line of next.slice(start, next.length - end)) {
        text.insertBefore(
          element('span', { class: 'remote-line' }, ...line.parts.map(createPart)),
          after,
        );
      }
      lines = next;
    },
  };
}

function segmentClass(segment: { selected: boolean; composing: boolean }): string {
  return [segment.selected && 'is-selected', segment.composing && 'is-composing']
    .filter(Boolean)
    .join(' ');
}
