import { createButton } from '../../ui/button.ts';
import { element, setText } from '../../ui/element.ts';
import { toHex } from '../hex.ts';
import type { FramesExamination, HandshakeExamination, LabRefusal, Sender } from '../lab-events.ts';
import type { LabContext, LabPart } from '../lab-part.ts';
import type { LabSession } from '../lab-session.ts';
import { createFramesResult, createHandshakeResult } from './doctor-result.ts';
import {
  FRAME_PRESETS,
  formatAnswer,
  formatRequest,
  HANDSHAKE_PRESETS,
  type FramePresetName,
  type HandshakePresetName,
} from './presets.ts';
import { parseEscaped, parseHex } from './typed-bytes.ts';

type Kind = 'handshake' | 'frames';

/** What has been typed; it outlives a change of language. */
interface Draft {
  kind: Kind;
  request: string;
  response: string;
  sender: Sender;
  frames: string;
  preset: HandshakePresetName | FramePresetName | undefined;
}

/** Where one types a handshake or frames, and the engine says what is wrong with them. */
export class DoctorPart implements LabPart {
  readonly #session: LabSession;
  readonly #draft: Draft = {
    kind: 'handshake',
    request: formatRequest({}),
    response: '',
    sender: 'client',
    frames: '',
    preset: undefined,
  };
  #context: LabContext | undefined;
  #view: HTMLElement | undefined;
  #examine = element('button');
  #result = element('div');
  /** The latest question; an answer to an earlier one comes too late. */
  #question = 0;
  #answer: { of: Kind; value: HandshakeExamination | FramesExamination } | undefined;

  constructor(session: LabSession) {
    this.#session = session;
  }

  render(context: LabContext): HTMLElement {
    const { texts } = context;
    this.#context = context;
    this.#result = element('div', { class: 'doctor-result', 'aria-live': 'polite' });
    this.#examine = createButton({
      testId: 'examine',
      label: texts.examine,
      kind: 'primary',
      onClick: () => void this.#ask(),
    });
    const form = element('div', { class: 'card doctor-form' });
    const kinds = element(
      'div',
      { class: 'segments', role: 'group', 'aria-label': texts.doctorKind },
      ...(['handshake', 'frames'] as const).map((kind) =>
        this.#createToggle(
          `kind-${kind}`,
          texts.doctorKinds[kind],
          this.#draft.kind === kind,
          () => {
            this.#draft.kind = kind;
            this.#draft.preset = undefined;
            this.#answer = undefined;
            this.#rebuild();
          },
        ),
      ),
    );
    form.append(kinds, ...(this.#draft.kind === 'handshake' ? this.#handshake() : this.#frames()));
    form.append(this.#examine);
    this.#drawAnswer();
    this.sessionChanged();
    this.#view = element(
      'section',
      { class: 'part', 'data-testid': 'part-doctor' },
      element('h2', {}, texts.doctorHeading),
      element('p', { class: 'lead' }, texts.doctorLead),
      form,
      this.#result,
    );
    return this.#view;
  }

  sessionChanged(): void {
    this.#examine.disabled = !this.#session.isReady;
  }

  /** After a toggle: in place, and with the focus where it was. */
  #rebuild(): void {
    const old = this.#view;
    if (old === undefined || this.#context === undefined) return;
    const focused = (document.activeElement as HTMLElement | null)?.dataset['testid'];
    old.replaceWith(this.render(this.#context));
    if (focused === undefined) return;
    this.#view?.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
  }

  #handshake(): HTMLElement[] {
    const texts = this.#texts;
    const { preset } = this.#draft;
    const presets = HANDSHAKE_PRESETS.map((each) =>
      this.#createToggle(
        `preset-${each.name}`,
        each.name,
        preset === each.name,
        () => {
          const request = formatRequest(each);
          Object.assign(this.#draft, { request, response: formatAnswer(each), preset: each.name });
          this.#rebuild();
          void this.#ask();
        },
        texts.handshakePresets[each.name],
      ),
    );
    const chosen = HANDSHAKE_PRESETS.find(({ name }) => name === preset);
    return [
      element('p', { class: 'note' }, texts.presetsLead),
      element('div', { class: 'chips', role: 'group', 'aria-label': texts.presets }, ...presets),
      element(
        'p',
        { class: 'note preset-note' },
        chosen === undefined ? '' : `${chosen.name}: ${texts.handshakePresets[chosen.name]}`,
      ),
      this.#createArea('request', texts.requestLabel, 8),
      this.#createArea('response', texts.responseLabel, 7),
      element('p', { class: 'note' }, texts.escapesHint),
    ];
  }

  #frames(): HTMLElement[] {
    const texts = this.#texts;
    const { preset, sender } = this.#draft;
    const presets = FRAME_PRESETS.map((each) =>
      this.#createToggle(
        'frame-preset',
        texts.framePresets[each.name],
        preset === each.name,
        () => {
          Object.assign(this.#draft, {
            sender: each.sender,
            frames: each.bytes,
            preset: each.name,
          });
          this.#rebuild();
          void this.#ask();
        },
      ),
    );
    const senders = (['client', 'server'] as const).map((each) =>
      this.#createToggle(`sender-${each}`, texts.senders[each], sender === each, () => {
        this.#draft.sender = each;
        this.#rebuild();
      }),
    );
    return [
      element('div', { class: 'chips', role: 'group', 'aria-label': texts.presets }, ...presets),
      element(
        'div',
        { class: 'segments', role: 'group', 'aria-label': texts.senderLabel },
        ...senders,
      ),
      this.#createArea('frames', texts.framesLabel, 4),
      element('p', { class: 'note' }, texts.hexHint),
    ];
  }

  #createArea(name: 'request' | 'response' | 'frames', label: string, rows: number): HTMLElement {
    const id = `doctor-${name}`;
    const area = element('textarea', {
      id,
      rows,
      'data-testid': id,
      spellcheck: 'false',
      autocapitalize: 'off',
      autocomplete: 'off',
    });
    area.value = this.#draft[name];
    area.addEventListener('input', () => {
      this.#draft[name] = area.value;
    });
    return element('div', { class: 'labelled' }, element('label', { for: id }, label), area);
  }

  #createToggle(
    testId: string,
    label: string,
    isOn: boolean,
    onClick: () => void,
    title?: string,
  ): HTMLButtonElement {
    const button = createButton({ testId, label, onClick });
    button.setAttribute('aria-pressed', String(isOn));
    if (title !== undefined) button.setAttribute('aria-label', `${label}: ${title}`);
    return button;
  }

  async #ask(): Promise<void> {
    const { kind, request, response, sender, frames } = this.#draft;
    const question = (this.#question += 1);
    this.#answer = undefined;
    const bytes = kind === 'frames' ? parseHex(frames) : parseEscaped(response);
    const asked = parseEscaped(request);
    if (bytes === undefined || asked === undefined) return this.#say(this.#texts.notHex);
    const answer = await this.#session.examine(
      kind === 'frames'
        ? { type: 'examine-frames', sender, bytes: toHex(bytes) }
        : { type: 'examine-handshake', request: toHex(asked), response: toHex(bytes) },
    );
    if (question !== this.#question || answer === undefined) return;
    if (answer.type === 'refused') return this.#say(this.#refusal(answer.reason));
    this.#answer = { of: kind, value: answer.result };
    this.#drawAnswer();
  }

  #drawAnswer(): void {
    const { of, value } = this.#answer ?? {};
    if (value === undefined || of === undefined) return;
    const language = this.#context?.view.locale.startsWith('zh') ? 'zh' : 'en';
    this.#result.replaceChildren(
      'opens' in value
        ? createHandshakeResult(this.#texts, value, language)
        : createFramesResult(this.#texts, value, this.#draft.sender),
    );
  }

  #say(text: string): void {
    const line = element('p', { class: 'is-problem', 'data-testid': 'doctor-problem' });
    setText(line, text);
    this.#result.replaceChildren(line);
  }

  #refusal(reason: LabRefusal): string {
    return this.#texts.refusals[reason];
  }

  get #texts(): LabContext['texts'] {
    if (this.#context === undefined) throw new Error('not rendered yet');
    return this.#context.texts;
  }
}
