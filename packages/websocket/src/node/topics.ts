/**
 * Who wants to hear what. A message published to a topic is encoded once and appended to the pending
 * output of every subscriber, which is written at the end of the tick.
 */
import type { SendOptions, SharedMessage } from './outgoing-message.ts';

export interface Subscriber {
  readonly readyState: 1 | 2 | 3;
  /** @returns whether the message was taken */
  sendShared(message: SharedMessage, options: SendOptions): boolean;
}

export interface PublishResult {
  /** Connections that took the message; it is on its way, or waits behind others. */
  readonly delivered: number;
  /** Connections that did not: too slow (see `overflow`), or closing. */
  readonly dropped: number;
}

export class Topics<S extends Subscriber> {
  readonly #maxPerSubscriber: number;
  readonly #subscribers = new Map<string, Set<S>>();
  readonly #topics = new Map<S, Set<string>>();

  /** @param maxPerSubscriber - 0 sets no limit */
  constructor(maxPerSubscriber: number) {
    this.#maxPerSubscriber = maxPerSubscriber;
  }

  /** @returns whether it is subscribed now; not when it is closing or has too many topics */
  subscribe(subscriber: S, topic: string): boolean {
    if (subscriber.readyState !== 1) return false;
    const topics = this.#topics.get(subscriber) ?? new Set();
    if (topics.has(topic)) return true;
    if (this.#maxPerSubscriber > 0 && topics.size >= this.#maxPerSubscriber) return false;
    this.#topics.set(subscriber, topics.add(topic));
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) this.#subscribers.set(topic, new Set([subscriber]));
    else subscribers.add(subscriber);
    return true;
  }

  /** @returns whether it was subscribed */
  unsubscribe(subscriber: S, topic: string): boolean {
    const topics = this.#topics.get(subscriber);
    if (topics === undefined || !topics.delete(topic)) return false;
    if (topics.size === 0) this.#topics.delete(subscriber);
    this.#leave(subscriber, topic);
    return true;
  }

  /** Ends all subscriptions of a connection that is closed. */
  remove(subscriber: S): void {
    const topics = this.#topics.get(subscriber);
    if (topics === undefined) return;
    this.#topics.delete(subscriber);
    for (const topic of topics) this.#leave(subscriber, topic);
  }

  subscriberCount(topic: string): number {
    return this.#subscribers.get(topic)?.size ?? 0;
  }

  publish(
    topic: string,
    message: SharedMessage,
    except: S | undefined,
    options: SendOptions,
  ): PublishResult {
    let delivered = 0;
    let dropped = 0;
    // A copy is not needed: what a subscriber does from within `dropped` shows in this loop at most
    // as a subscriber more or less.
    for (const subscriber of this.#subscribers.get(topic) ?? []) {
      if (subscriber === except) continue;
      if (subscriber.sendShared(message, options)) delivered += 1;
      else dropped += 1;
    }
    return { delivered, dropped };
  }

  #leave(subscriber: S, topic: string): void {
    const subscribers = this.#subscribers.get(topic);
    if (subscribers === undefined) return;
    subscribers.delete(subscriber);
    if (subscribers.size === 0) this.#subscribers.delete(topic);
  }
}
