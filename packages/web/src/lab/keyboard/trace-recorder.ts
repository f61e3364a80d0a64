import {
  locateComposition,
  type Composition,
  type TextControl,
} from '../../conversation/field-reader.ts';

/** One event at a text field, as the traces of keyboards have it (e2e/fixtures/traces/README.md). */
export type TraceEvent =
  | readonly ['keydown' | 'keyup', key: string, keyCode: number]
  | readonly ['compositionstart' | 'compositionupdate' | 'compositionend', data: string]
  | readonly ['beforeinput' | 'input', inputType: string, data: string | null]
  | readonly ['field', value: string, selectionStart: number, selectionEnd: number];

export interface TraceStep {
  readonly does: string;
  readonly events: readonly TraceEvent[];
  readonly field: {
    readonly text: string;
    readonly selection: readonly [start: number, end: number];
    readonly composing?: string;
  };
}

/** Far more than a person types to show a habit. */
const MAX_STEPS = 500;

/** Takes down what happens to a text field, step by step. */
export class TraceRecorder {
  readonly #steps: TraceStep[] = [];
  #events: TraceEvent[] = [];
  #known: TextControl;
  #composition: Composition | undefined;

  /** @param field - as it is at the beginning */
  constructor(field: TextControl) {
    this.#known = snapshot(field);
  }

  get steps(): readonly TraceStep[] {
    return this.#steps;
  }

  /** @param field - as it is while the event is heard */
  heard(event: TraceEvent, field: TextControl): void {
    this.looked(field);
    this.#events.push(event);
    const [type, data] = event;
    if (type === 'compositionstart') {
      this.#composition = { start: field.selectionStart, text: data };
    } else if (type === 'compositionupdate' && this.#composition !== undefined) {
      this.#composition.text = data;
    } else if (type === 'compositionend') {
      this.#composition = undefined;
    }
  }

  /** The field may have changed without an event that tells how. */
  looked(field: TextControl): void {
    const { value, selectionStart, selectionEnd } = field;
    const before = this.#known;
    const isSame =
      value === before.value &&
      selectionStart === before.selectionStart &&
      selectionEnd === before.selectionEnd;
    if (isSame) return;
    this.#known = snapshot(field);
    this.#events.push(['field', value, selectionStart, selectionEnd]);
  }

  /** Nothing more has come for a while: what came since the last time was one step. */
  paused(field: TextControl): void {
    this.looked(field);
    const events = this.#events.splice(0);
    if (events.length === 0 || this.#steps.length >= MAX_STEPS) return;
    const { value, selectionStart, selectionEnd } = this.#known;
    const range =
      this.#composition && locateComposition(value, this.#composition, this.#known.selectionEnd);
    this.#steps.push({
      does: describe(events),
      events,
      field: {
        text: value,
        selection: [selectionStart, selectionEnd],
        ...(range && { composing: value.slice(range.start, range.end) }),
      },
    });
  }
}

function snapshot({ value, selectionStart, selectionEnd }: TextControl): TextControl {
  return { value, selectionStart, selectionEnd };
}

/** Something to go by until a person has said it better. */
function describe(events: readonly TraceEvent[]): string {
  const input = events.findLast(([type]) => type === 'input');
  if (input !== undefined) return input[2] === null ? `${input[1]}` : `${input[1]}: ${input[2]}`;
  const [first] = events;
  return first === undefined || first[0] === 'field'
    ? 'the caret is moved'
    : `${first[0]}: ${first[1]}`;
}
