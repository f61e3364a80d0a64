import { formatLink } from '@pairwire/pairing';
import { selectContents } from '../clipboard.ts';
import { formatCountdown } from '../text/duration.ts';
import { createButton } from '../ui/button.ts';
import { createCopyButton } from '../ui/copy-button.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createQrCode } from './qr-code.ts';

export interface Code {
  guid: string;
  /** Origin that the phone is to open; undefined when this machine has none. */
  address: string | undefined;
  /** When the next code comes, on the clock of `performance.now`. */
  nextAtMs: number;
  /** Length of a code's life, for the bar. */
  lifeMs: number;
}

export interface CodeCard {
  readonly element: HTMLElement;
  /** `paused`: enough codes were shown. undefined: none yet. */
  update(code: Code | 'paused' | undefined): void;
  dispose(): void;
}

/** The code in its three forms (picture, link, letters), and how long it will be shown. */
export function createCodeCard(context: ViewContext, onNewCode: () => void): CodeCard {
  const { texts } = context;
  let code: Code | undefined;
  let drawn: string | undefined;

  const picture = element('div', { class: 'qr' });
  const guid = element('code', { class: 'guid', 'data-testid': 'guid', translate: 'no' });
  const bar = element('span', { class: 'countdown-bar', 'aria-hidden': 'true' });
  const countdown = element('span', {
    class: 'countdown-text',
    role: 'timer',
    'data-testid': 'countdown',
  });
  const elsewhere = element('p', { class: 'code-hint' });
  const copyFailed = element('p', { class: 'message-problem', hidden: true }, texts.copyFailed);
  const copy = createCopyButton(context, {
    testId: 'copy-link',
    label: texts.copyLink,
    text: () =>
      code?.address === undefined ? (code?.guid ?? '') : formatLink(code.address, code.guid),
    onFailure() {
      selectContents(guid);
      copyFailed.hidden = false;
      context.announce(texts.copyFailed);
    },
  });
  const fresh = createButton({
    testId: 'new-code',
    label: texts.newCode,
    icon: 'refresh',
    kind: 'primary',
    onClick: onNewCode,
  });
  const letters = element(
    'div',
    { class: 'code-letters' },
    element(
      'p',
      { class: 'guid-line' },
      element('span', { class: 'guid-label' }, texts.guidLabel),
      guid,
    ),
    copy,
    copyFailed,
    elsewhere,
  );
  const pause = element(
    'div',
    { class: 'code-pause' },
    element('strong', {}, texts.pausedHeading),
    element('p', {}, texts.paused),
    fresh,
  );
  const timer = element('p', { class: 'countdown' }, bar, countdown);
  const card = element(
    'section',
    { class: 'code-card', 'aria-label': texts.guidLabel },
    picture,
    timer,
    letters,
    pause,
  );

  const draw = () => {
    const link = code?.address === undefined ? undefined : formatLink(code.address, code.guid);
    const wanted = link ?? (code === undefined ? 'nothing yet' : 'no address');
    if (wanted === drawn) return;
    drawn = wanted;
    if (link === undefined) {
      picture.replaceChildren(
        code === undefined
          ? element('div', { class: 'qr-empty' })
          : element(
              'div',
              { class: 'qr-empty', 'data-testid': 'no-address' },
              element('strong', {}, texts.noAddressHeading),
              element('p', {}, texts.noAddress),
            ),
      );
      return;
    }
    const qr = createQrCode(link, texts.qrLabel);
    qr.dataset['testid'] = 'qr';
    picture.replaceChildren(qr);
  };
  const tick = () => {
    if (code === undefined) return;
    const leftMs = code.nextAtMs - performance.now();
    setText(countdown, leftMs > 0 ? texts.nextCodeIn(formatCountdown(leftMs)) : texts.nextCodeSoon);
    bar.style.transform = `scaleX(${Math.min(1, Math.max(0, leftMs / code.lifeMs))})`;
  };
  const ticking = window.setInterval(tick, 1000);

  return {
    element: card,
    update(next) {
      code = typeof next === 'object' ? next : undefined;
      pause.hidden = next !== 'paused';
      picture.hidden = next === 'paused';
      timer.hidden = code === undefined;
      letters.hidden = code === undefined;
      copyFailed.hidden = true;
      draw();
      tick();
      setText(guid, code?.guid ?? '');
      elsewhere.hidden = code?.address === undefined;
      setText(elsewhere, code?.address === undefined ? '' : texts.typeInstead(`${code.address}/p`));
      setText(
        copy.querySelector('span') ?? copy,
        code?.address === undefined ? texts.copyCode : texts.copyLink,
      );
    },
    dispose: () => window.clearInterval(ticking),
  };
}
