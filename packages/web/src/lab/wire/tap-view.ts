import { element } from '../../ui/element.ts';
import type { HeadLine, WatchedEvent } from '../lab-events.ts';
import type { LabMessages } from '../text/lab-messages.en.ts';
import { createAcceptSteps } from './accept-steps.ts';
import { createFrameCard } from './frame-card.ts';
import { createHeadView } from './head-view.ts';

/** Frames on the page at a time; older ones go. */
const MAX_FRAMES = 60;

/** One watched connection, from its request to its end. */
export class TapView {
  readonly element: HTMLDetailsElement;
  readonly #texts: LabMessages;
  readonly #startedAtMs: number;
  readonly #heads = element('div', { class: 'heads' });
  readonly #accept = element('div');
  readonly #empty: HTMLElement;
  readonly #frames = element('div', { class: 'frames', 'data-testid': 'frames' });
  readonly #end = element('p', { class: 'note', 'data-testid': 'tap-end' });
  #key = '';

  constructor(texts: LabMessages, first: WatchedEvent) {
    this.#texts = texts;
    this.#startedAtMs = first.atMs;
    this.#empty = element('p', { class: 'note' }, texts.framesEmpty);
    this.element = element(
      'details',
      { class: 'tap', open: true, 'data-testid': 'tap' },
      element('summary', {}, element('h3', {}, texts.connectionHeading(first.tap))),
      element(
        'div',
        { class: 'tap-body' },
        element('h4', { class: 'tap-heading' }, texts.handshakeHeading),
        element('p', { class: 'note' }, texts.handshakeLead),
        this.#heads,
        this.#accept,
        element('h4', { class: 'tap-heading' }, texts.framesHeading),
        element('p', { class: 'note' }, texts.framesLead),
        this.#empty,
        this.#frames,
        this.#end,
      ),
    );
  }

  show(event: WatchedEvent): void {
    switch (event.type) {
      case 'request':
        this.#key = valueOf(event.lines, 'sec-websocket-key');
        this.#heads.append(createHeadView(this.#texts, 'request', event.lines));
        return;
      case 'response':
        this.#heads.append(createHeadView(this.#texts, 'response', event.lines));
        this.#showAccept(valueOf(event.lines, 'sec-websocket-accept'));
        return;
      case 'frame': {
        const { frame, from } = event;
        const time = this.#texts.afterMs(formatMs(event.atMs - this.#startedAtMs));
        this.#empty.hidden = true;
        this.#frames.append(createFrameCard(this.#texts, frame, { from, time }));
        if (this.#frames.childElementCount > MAX_FRAMES) this.#frames.firstElementChild?.remove();
        return;
      }
      case 'ended':
      case 'unwatched':
        this.#end.append(element('span', {}, this.#texts[event.type]), ' ');
    }
  }

  #showAccept(accept: string): void {
    if (this.#key === '' || accept === '') return;
    this.#accept.replaceChildren(createAcceptSteps(this.#texts, this.#key, accept));
  }
}

function valueOf(lines: readonly HeadLine[], name: string): string {
  const line = lines.find((each) => each.name === name);
  return line === undefined ? '' : line.text.slice(name.length + 1).trim();
}

/** `12 ms`, `3.4 s` */
function formatMs(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
