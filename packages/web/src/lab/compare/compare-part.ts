import { createButton } from '../../ui/button.ts';
import { element, setText } from '../../ui/element.ts';
import type { MeterReading, Transport } from '../lab-events.ts';
import type { LabContext, LabPart } from '../lab-part.ts';
import type { LabSession } from '../lab-session.ts';
import { Comparison, medianOf, RUN_MS, TRANSPORTS, type TransportRun } from './comparison.ts';
import { createCurveSign, createPlot } from './plot.ts';

const RATES = [0, 1, 5, 20];
const SIZES = [16, 128, 1_024];

/** The four transports side by side, with the same messages. */
export class ComparePart implements LabPart {
  readonly #session: LabSession;
  #rate = 1;
  #size = 16;
  #comparison: Comparison | undefined;
  #meter: Readonly<Partial<Record<Transport, MeterReading>>> = {};
  #start = element('button');
  #draw: () => void = () => {};

  constructor(session: LabSession) {
    this.#session = session;
  }

  render({ texts, view }: LabContext): HTMLElement {
    const start = createButton({
      testId: 'compare-start',
      label: texts.start,
      kind: 'primary',
      onClick: () => this.#toggle(),
    });
    this.#start = start;
    const plots = {
      bytes: createPlot({
        title: texts.plots.bytes,
        label: texts.plotLabel(texts.plots.bytes),
        spanMs: RUN_MS,
        format: formatBytes,
      }),
      requests: createPlot({
        title: texts.plots.requests,
        label: texts.plotLabel(texts.plots.requests),
        spanMs: RUN_MS,
        format: String,
      }),
      delaysMs: createPlot({
        title: texts.plots.delaysMs,
        label: texts.plotLabel(texts.plots.delaysMs),
        spanMs: RUN_MS,
        format: (ms) => (ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`),
      }),
    };
    const rows = element('tbody');
    const progress = element('p', { class: 'note', 'data-testid': 'compare-progress' });
    this.#draw = () => {
      const comparison = this.#comparison;
      const isRunning = comparison !== undefined && !comparison.isOver;
      setText(start.querySelector('span') ?? start, isRunning ? texts.stop : texts.start);
      setText(progress, comparison === undefined ? '' : texts.progress(seconds(comparison)));
      rows.replaceChildren(
        ...TRANSPORTS.map((transport) => createRow(transport, comparison, { texts, view })),
      );
      for (const kind of ['bytes', 'requests', 'delaysMs'] as const) {
        plots[kind].update(
          TRANSPORTS.map((transport) => ({
            transport,
            samples: comparison?.runs[transport][kind] ?? [],
          })),
        );
      }
    };
    this.#draw();
    this.sessionChanged();
    return element(
      'section',
      { class: 'part', 'data-testid': 'part-transports' },
      element('h2', {}, texts.compareHeading),
      element('p', { class: 'lead' }, texts.compareLead),
      element(
        'div',
        { class: 'card' },
        element(
          'div',
          { class: 'compare-controls' },
          createSelect('compare-rate', texts.rateLabel, RATES, this.#rate, texts.rate, (rate) => {
            this.#rate = rate;
          }),
          createSelect('compare-size', texts.sizeLabel, SIZES, this.#size, formatBytes, (size) => {
            this.#size = size;
          }),
          start,
        ),
        progress,
        element(
          'div',
          { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': texts.tableLabel },
          element(
            'table',
            { 'data-testid': 'compare-table' },
            element(
              'thead',
              {},
              element(
                'tr',
                {},
                ...texts.columns.map((name) => element('th', { scope: 'col' }, name)),
              ),
            ),
            rows,
          ),
        ),
      ),
      element('div', { class: 'plots' }, ...Object.values(plots).map((plot) => plot.element)),
      element('p', { class: 'note' }, texts.counted),
    );
  }

  sessionChanged(): void {
    this.#start.disabled = !this.#session.isReady;
    if (this.#session.isReady) return;
    // Its channels have ended with it, and another session counts from nothing.
    this.#comparison?.stop();
    this.#meter = {};
  }

  metered(readings: Readonly<Partial<Record<Transport, MeterReading>>>): void {
    this.#meter = readings;
    this.#comparison?.metered(readings);
  }

  #toggle(): void {
    if (this.#comparison !== undefined && !this.#comparison.isOver) {
      this.#comparison.stop();
      return;
    }
    this.#comparison = new Comparison(
      { perSecond: this.#rate, messageBytes: this.#size },
      (transport) => this.#session.channelUrl(transport),
      this.#meter,
      { changed: () => this.#draw() },
    );
    this.#draw();
  }
}

function createRow(
  transport: Transport,
  comparison: Comparison | undefined,
  { texts, view }: LabContext,
): HTMLElement {
  const run = comparison?.runs[transport];
  const numbers = new Intl.NumberFormat(view.locale, { maximumFractionDigits: 1 });
  const bytes = run?.bytes.at(-1)?.value;
  const cells = [
    run === undefined ? undefined : numbers.format(run.returned),
    bytes === undefined ? undefined : numbers.format(bytes),
    formatPerMessage(run, bytes, numbers),
    run?.requests.at(-1)?.value.toString(),
    formatDelay(run, numbers),
  ];
  return element(
    'tr',
    { 'data-testid': `row-${transport}`, 'data-state': run?.state ?? 'idle' },
    element('th', { scope: 'row' }, createCurveSign(transport), texts.transportNames[transport]),
    ...cells.map((cell) => element('td', {}, cell ?? '–')),
  );
}

function formatPerMessage(
  run: TransportRun | undefined,
  bytes: number | undefined,
  numbers: Intl.NumberFormat,
): string | undefined {
  if (run === undefined || bytes === undefined || run.returned === 0) return undefined;
  return numbers.format(Math.round(bytes / run.returned));
}

function formatDelay(
  run: TransportRun | undefined,
  numbers: Intl.NumberFormat,
): string | undefined {
  const median = medianOf(run?.delaysMs ?? []);
  return median === undefined ? undefined : `${numbers.format(median)} ms`;
}

function createSelect(
  id: string,
  label: string,
  values: readonly number[],
  chosen: number,
  format: (value: number) => string,
  onChange: (value: number) => void,
): HTMLElement {
  const select = element(
    'select',
    { id, 'data-testid': id },
    ...values.map((value) =>
      element('option', { value, selected: value === chosen }, format(value)),
    ),
  );
  select.addEventListener('change', () => onChange(Number(select.value)));
  return element('div', { class: 'labelled' }, element('label', { for: id }, label), select);
}

function seconds(comparison: Comparison): number {
  return Math.round(comparison.elapsedMs / 1_000);
}

function formatBytes(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : `${Number((bytes / 1_000).toFixed(1))} kB`;
}
