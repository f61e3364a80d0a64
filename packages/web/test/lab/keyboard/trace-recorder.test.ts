import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  TraceRecorder,
  type TraceEvent,
  type TraceStep,
} from '../../../src/lab/keyboard/trace-recorder.ts';

interface Trace {
  before?: { text: string; selection: [number, number] };
  steps: TraceStep[];
}

const folder = new URL('../../../../../e2e/fixtures/traces/', import.meta.url);
const traces = readdirSync(folder).filter((name) => name.endsWith('.json'));

function control(value: string, selectionStart: number, selectionEnd = selectionStart) {
  return { value, selectionStart, selectionEnd };
}

describe('a recorder of keyboards', () => {
  test.each(traces)('takes %s down as it was played', (name) => {
    const { before, steps } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Trace;
    let field = before ? control(before.text, ...before.selection) : control('', 0);
    const recorder = new TraceRecorder(field);
    for (const { events } of steps) {
      for (const event of events) {
        if (event[0] === 'field') field = control(event[1], event[2], event[3]);
        else recorder.heard(event, field);
      }
      recorder.paused(field);
    }
    expect(recorder.steps.map(({ events }) => events)).toEqual(visible(before, steps));
    expect(recorder.steps.map((step) => step.field)).toEqual(steps.map((step) => step.field));
  });

  test('makes no step of a pause in which nothing happened', () => {
    const recorder = new TraceRecorder(control('as it is', 8));
    recorder.paused(control('as it is', 8));
    expect(recorder.steps).toEqual([]);
  });

  test('says what a step was, as far as it can tell', () => {
    const recorder = new TraceRecorder(control('', 0));
    const step = (events: TraceEvent[], field: ReturnType<typeof control>) => {
      for (const event of events) recorder.heard(event, field);
      recorder.paused(field);
    };
    step([['input', 'insertText', 'a']], control('a', 1));
    step([['input', 'deleteContentBackward', null]], control('', 0));
    step([['keydown', 'Shift', 16]], control('', 0));
    step([], control('moved', 2));
    expect(recorder.steps.map(({ does }) => does)).toEqual([
      'insertText: a',
      'deleteContentBackward',
      'keydown: Shift',
      'the caret is moved',
    ]);
  });

  test('stops at some time', () => {
    const recorder = new TraceRecorder(control('', 0));
    for (let i = 1; i <= 1000; i++) recorder.paused(control('x'.repeat(i), i));
    expect(recorder.steps).toHaveLength(500);
  });
});

/** What a page can see of the events: changes of the field between two of the others are one. */
function visible(before: Trace['before'], steps: readonly TraceStep[]): TraceEvent[][] {
  let known = before ? ['field', before.text, ...before.selection] : ['field', '', 0, 0];
  return steps.map(({ events }) => {
    const seen = events.filter(
      (event, i) => event[0] !== 'field' || events[i + 1]?.[0] !== 'field',
    );
    return seen.filter((event) => {
      if (event[0] !== 'field') return true;
      const isNews = String(event) !== String(known);
      known = [...event];
      return isNews;
    });
  });
}
