import { sha1 } from '@noble/hashes/legacy.js';

import { element } from '../../ui/element.ts';
import { latin1Bytes, toHex } from '../hex.ts';
import type { LabMessages } from '../text/lab-messages.en.ts';
import { createSectionLink } from './detail.ts';

/** §1.3 */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface AcceptSteps {
  readonly joined: string;
  /** 20 bytes in hexadecimal. */
  readonly hash: string;
  readonly accept: string;
  /** What comes out when the hexadecimal text is encoded instead: wrong. */
  readonly trap: string;
}

/** Sec-WebSocket-Accept, step by step (§4.2.2). */
export function computeAcceptSteps(key: string): AcceptSteps {
  const joined = key + GUID;
  const digest = sha1(latin1Bytes(joined));
  const hash = toHex(digest);
  return { joined, hash, accept: btoa(String.fromCharCode(...digest)), trap: btoa(hash) };
}

/** The computation on the page, from a real key, beside what the server really sent. */
export function createAcceptSteps(texts: LabMessages, key: string, sent: string): HTMLElement {
  const steps = computeAcceptSteps(key);
  const isRight = steps.accept === sent;
  const step = (label: string, value: string, kind = '') =>
    element(
      'li',
      {},
      element('p', {}, label),
      element('code', { class: `accept-value ${kind}` }, value),
    );
  const { accept } = texts;
  return element(
    'section',
    { class: 'accept', 'data-testid': 'accept', 'aria-label': texts.acceptHeading },
    element('h4', {}, texts.acceptHeading),
    element('p', { class: 'note' }, texts.acceptLead, ' ', createSectionLink(texts, '§4.2.2')),
    element(
      'ol',
      { class: 'accept-steps' },
      step(accept.key, key, 'is-key'),
      step(accept.guid, GUID, 'is-guid'),
      element(
        'li',
        {},
        element('p', {}, accept.joined),
        element(
          'code',
          { class: 'accept-value' },
          element('span', { class: 'is-key' }, key),
          element('span', { class: 'is-guid' }, GUID),
        ),
      ),
      step(accept.hash, steps.hash.replace(/../g, '$& ').trim()),
      step(accept.base64, steps.accept, 'is-accept'),
    ),
    element(
      'p',
      { class: isRight ? 'verdict is-right' : 'verdict is-problem', 'data-testid': 'accept-match' },
      isRight ? accept.match : accept.mismatch,
    ),
    element('p', { class: 'note' }, accept.trap, ' ', element('code', {}, steps.trap)),
  );
}
