import { selectContents } from '../../clipboard.ts';
import { createButton } from '../../ui/button.ts';
import { createCopyButton } from '../../ui/copy-button.ts';
import { element } from '../../ui/element.ts';
import type { LabContext, LabPart } from '../lab-part.ts';
import { TraceRecorder, type TraceEvent } from './trace-recorder.ts';

/** A pause of this length ends a step. */
const STEP_PAUSE_MS = 600;
const EMPTY = { value: '', selectionStart: 0, selectionEnd: 0 };

/** Takes down what the keyboard at hand does to a text field, as a trace that the tests can replay. */
export class KeyboardPart implements LabPart {
  /** What the person says about it; it outlives a change of language. */
  readonly #said = { keyboard: '', platform: '' };
  #recorder = new TraceRecorder(EMPTY);
  #field = element('textarea');
  #trace = element('pre');
  #pause = 0;

  constructor() {
    // It is told of documents, not of fields, in browsers of before 2024.
    document.addEventListener('selectionchange', () => {
      if (document.activeElement === this.#field) this.#happened();
    });
  }

  render({ texts, view }: LabContext): HTMLElement {
    const { value } = this.#field;
    this.#field = element('textarea', {
      id: 'keyboard-field',
      'data-testid': 'keyboard-field',
      class: 'keyboard-field',
      rows: 3,
      dir: 'auto',
      autocomplete: 'off',
    });
    this.#field.value = value;
    this.#listen(this.#field);
    this.#trace = element('pre', {
      class: 'keyboard-trace',
      'data-testid': 'keyboard-trace',
      tabindex: 0,
      role: 'region',
      'aria-label': texts.traceLabel,
    });
    this.#draw();
    const anew = createButton({
      testId: 'keyboard-anew',
      label: texts.traceAnew,
      onClick: () => {
        this.#field.value = '';
        this.#recorder = new TraceRecorder(EMPTY);
        this.#draw();
        this.#field.focus();
      },
    });
    const copy = createCopyButton(view, {
      testId: 'keyboard-copy',
      label: texts.traceCopy,
      kind: 'primary',
      text: () => {
        this.#endStep();
        return this.#format();
      },
      onFailure: () => selectContents(this.#trace),
    });
    return element(
      'section',
      { class: 'part', 'data-testid': 'part-keyboard' },
      element('h2', {}, texts.keyboardHeading),
      element('p', { class: 'lead' }, texts.keyboardLead),
      element(
        'div',
        { class: 'card' },
        this.#createEntry('keyboard', texts.keyboardName, texts.keyboardNameHint),
        this.#createEntry('platform', texts.keyboardPlatform, texts.keyboardPlatformHint),
        labelled('keyboard-field', texts.keyboardField, this.#field),
        element('p', { class: 'note' }, texts.keyboardPrivacy),
      ),
      element(
        'div',
        { class: 'card' },
        element('h3', {}, texts.traceLabel),
        this.#trace,
        element('div', { class: 'chat-buttons' }, copy, anew),
      ),
    );
  }

  /** Nothing here needs the server. */
  sessionChanged(): void {}

  #createEntry(name: 'keyboard' | 'platform', label: string, hint: string): HTMLElement {
    const id = `keyboard-${name}`;
    const input = element('input', {
      id,
      'data-testid': id,
      placeholder: hint,
      autocomplete: 'off',
    });
    input.value = this.#said[name];
    input.addEventListener('input', () => {
      this.#said[name] = input.value;
      this.#draw();
    });
    return labelled(id, label, input);
  }

  #listen(field: HTMLTextAreaElement): void {
    const happened = (event: TraceEvent) => this.#happened(event);
    for (const type of ['keydown', 'keyup'] as const) {
      field.addEventListener(type, ({ key, keyCode }) => happened([type, key, keyCode]));
    }
    for (const type of ['compositionstart', 'compositionupdate', 'compositionend'] as const) {
      field.addEventListener(type, ({ data }) => happened([type, data]));
    }
    for (const type of ['beforeinput', 'input'] as const) {
      field.addEventListener(type, (event) => {
        // Some browsers fire a plain Event when a script or an extension fills the field.
        const { inputType = '', data = null } = event as Partial<InputEvent>;
        happened([type, inputType, data]);
      });
    }
  }

  #happened(event?: TraceEvent): void {
    if (event === undefined) this.#recorder.looked(this.#field);
    else this.#recorder.heard(event, this.#field);
    window.clearTimeout(this.#pause);
    this.#pause = window.setTimeout(() => this.#endStep(), STEP_PAUSE_MS);
  }

  #endStep(): void {
    window.clearTimeout(this.#pause);
    this.#recorder.paused(this.#field);
    this.#draw();
  }

  #draw(): void {
    this.#trace.textContent = this.#format();
  }

  /** As e2e/fixtures/traces/README.md has it. */
  #format(): string {
    const device = matchMedia('(pointer: coarse)').matches ? 'phone' : 'computer';
    const day = new Date().toISOString().slice(0, 10);
    const { steps } = this.#recorder;
    return JSON.stringify({ ...this.#said, source: `captured ${day}`, device, steps }, null, 2);
  }
}

function labelled(id: string, label: string, control: HTMLElement): HTMLElement {
  return element('div', { class: 'labelled' }, element('label', { for: id }, label), control);
}
