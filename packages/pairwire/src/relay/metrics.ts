import { Counter, Gauge, Registry } from 'prom-client';

import type { RelayCounters } from './counters.ts';

type Values = number | Readonly<Record<string, number>>;

/** The relay's numbers for Prometheus, read only when somebody asks. */
export class RelayMetrics {
  readonly #registry = new Registry();

  constructor(counters: RelayCounters) {
    this.#gauge('channels', 'Channels open now', () => counters.channels);
    this.#gauge('links', 'Links held now, by state', () => counters.links, 'state');
    this.#counter('channels_opened_total', 'Channels opened', () => counters.channelsOpened);
    this.#counter(
      'channels_ended_total',
      'Channels ended by the relay, by close code',
      () => counters.channelsEnded,
      'code',
    );
    this.#counter('links_opened_total', 'Links opened by a page', () => counters.linksOpened);
    this.#counter(
      'links_adopted_total',
      'Links taken up again after a restart',
      () => counters.linksAdopted,
    );
    this.#counter(
      'links_ended_total',
      'Links ended, by reason',
      () => counters.linksEnded,
      'reason',
    );
    this.#counter(
      'refusals_total',
      'Requests and envelopes refused, by reason',
      () => counters.refusals,
      'reason',
    );
    this.#counter('envelopes_total', 'Envelopes forwarded or kept', () => counters.envelopes);
    this.#counter('envelope_bytes_total', 'Their bytes', () => counters.envelopeBytes);
    this.#counter(
      'records_kept_total',
      'Records kept for a side that was away',
      () => counters.recordsKept,
    );
    this.#counter(
      'records_dropped_total',
      'Records dropped because too many were kept',
      () => counters.recordsDropped,
    );
    this.#counter(
      'store_failures_total',
      'Failures of the link store',
      () => counters.storeFailures,
    );
    this.#counter(
      'handler_failures_total',
      'Defects met while serving a channel',
      () => counters.handlerFailures,
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Prometheus text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, read: () => Values, label?: string): void {
    new Gauge({
      ...this.#common(name, help, label),
      collect() {
        for (const [labels, value] of samples(read(), label)) this.set(labels, value);
      },
    });
  }

  #counter(name: string, help: string, read: () => Values, label?: string): void {
    new Counter({
      ...this.#common(name, help, label),
      collect() {
        this.reset();
        for (const [labels, value] of samples(read(), label)) this.inc(labels, value);
      },
    });
  }

  #common(name: string, help: string, label?: string) {
    return {
      name: `pairwire_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
    };
  }
}

function samples(values: Values, label?: string): [Record<string, string>, number][] {
  if (typeof values === 'number') return [[{}, values]];
  if (label === undefined) return [];
  return Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
}
