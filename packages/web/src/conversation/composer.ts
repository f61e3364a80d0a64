import { QueueFullError, TextTooLongError, type FieldState } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { element, setText } from '../ui/element.ts';
import { createIcon } from '../ui/icon.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createLiveField } from './live-field.ts';

export interface ComposerOptions {
  peerName: string;
  draft: string;
  /** See LiveFieldOptions. */
  enterSends: boolean;
  /** The field or its selection changed. May throw TextTooLongError. */
  onField(field: FieldState): void;
  /** May throw TextTooLongError or QueueFullError; the text then stays in the field. */
  onSend(text: string): void;
  /** The same for a secret, which `onField` never hears of. */
  onSecret(text: string): void;
}

export interface Composer {
  readonly element: HTMLElement;
  /** What is in the field now; never a secret. */
  readonly draft: string;
  /** Whether the other side takes secrets. */
  allowSecrets(allowed: boolean): void;
  /** To be called once the field has a size. */
  fit(): void;
  focus(): void;
  dispose(): void;
}

/**
 * Where the person writes: a live field and, in its place when switched over, one for secrets.
 * They have nothing in common: what is in one never gets into the other.
 */
export function createComposer(context: ViewContext, options: ComposerOptions): Composer {
  const { texts } = context;
  const liveHint = options.enterSends ? texts.fieldHint : texts.fieldHintTouch;
  const note = element('p', { class: 'composer-hint', id: 'field-hint' }, liveHint);
  const alarm = element('p', {
    class: 'composer-alarm',
    role: 'alert',
    'data-testid': 'field-alarm',
  });
  const live = createLiveField(context, {
    draft: options.draft,
    enterSends: options.enterSends,
    onField: (state) => guarded(() => options.onField(state)),
    onEnter: () => submit(),
  });
  const secret = createSecretField(context);
  const secretSwitch = createButton({
    testId: 'secret-switch',
    label: texts.secretSwitch,
    kind: 'icon',
    icon: 'lock',
    onClick: () => setSecret(!isSecret),
  });
  secretSwitch.classList.add('button-secret');
  const send = element(
    'button',
    { type: 'submit', class: 'button button-send', 'data-testid': 'send', title: texts.send },
    createIcon('arrowUp'),
    element('span', { class: 'visually-hidden' }, texts.send),
  );
  const label = element(
    'label',
    { class: 'visually-hidden', for: 'field' },
    texts.fieldLabel(options.peerName),
  );
  const form = element(
    'form',
    { class: 'composer' },
    label,
    element('div', { class: 'composer-row' }, secretSwitch, live.element, secret, send),
    note,
    alarm,
  );

  const guarded = (action: () => void): boolean => {
    try {
      action();
      setText(alarm, '');
      return true;
    } catch (error) {
      setText(alarm, problemText(error));
      return false;
    }
  };
  const problemText = (error: unknown): string => {
    if (error instanceof TextTooLongError) {
      return texts.fieldTooLong(`${Math.floor(error.limitBytes / 1024)} KiB`);
    }
    if (error instanceof QueueFullError) return texts.queueFull;
    throw error;
  };
  let isSecret = false;
  /** Leaving throws away what was not sent: it must not come up again by chance. */
  const setSecret = (on: boolean) => {
    isSecret = on;
    secret.value = '';
    secret.hidden = !on;
    live.element.hidden = on;
    secretSwitch.setAttribute('aria-pressed', String(on));
    setText(note, on ? texts.secretHint : liveHint);
    setText(alarm, '');
    (on ? secret : live.element).focus();
  };
  const submit = () => {
    if (isSecret) {
      const { value } = secret;
      // The field stays one for secrets: the next text might be one, too.
      if (value !== '' && guarded(() => options.onSecret(value))) secret.value = '';
      return;
    }
    const text = live.element.value;
    if (text.trim() !== '' && guarded(() => options.onSend(text))) live.clear();
  };
  secretSwitch.setAttribute('aria-pressed', 'false');
  // Pressing the button must not take the focus: the phone's keyboard would fold away.
  send.addEventListener('pointerdown', (event) => event.preventDefault());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });

  return {
    element: form,
    get draft() {
      return live.element.value;
    },
    allowSecrets(allowed) {
      secretSwitch.hidden = !allowed;
    },
    fit: () => live.fit(),
    focus: () => live.element.focus(),
    dispose: () => live.dispose(),
  };
}

/** As a password field it keeps keyboards from learning and browsers from spelling. */
function createSecretField({ texts }: ViewContext): HTMLInputElement {
  return element('input', {
    type: 'password',
    'data-testid': 'secret-field',
    'aria-label': texts.secretPlaceholder,
    'aria-describedby': 'field-hint',
    placeholder: texts.secretPlaceholder,
    autocomplete: 'off',
    autocapitalize: 'off',
    autocorrect: 'off',
    spellcheck: 'false',
    enterkeyhint: 'send',
    // Password managers' own ways of being asked to keep out.
    'data-1p-ignore': true,
    'data-lpignore': 'true',
    'data-bwignore': true,
    hidden: true,
  });
}
