/** What only types need: events by name, and the event objects as their listeners see them. */
import type { EventEmitter } from 'node:events';

import type { WebSocket } from './websocket.ts';

export interface Event {
  type: string;
  target: WebSocket;
}

export interface ErrorEvent extends Event {
  error: Error;
  message: string;
}

export interface CloseEvent extends Event {
  code: number;
  reason: string;
  wasClean: boolean;
}

export interface MessageEvent extends Event {
  data: Data;
}

/** What a `MessageEvent` carries: text as a string. */
export type Data = string | Buffer | ArrayBuffer | Buffer[];

export interface WebSocketEventMap {
  open: Event;
  error: ErrorEvent;
  close: CloseEvent;
  message: MessageEvent;
}

export type EventListener<K extends keyof WebSocketEventMap> =
  ((event: WebSocketEventMap[K]) => void) | { handleEvent(event: WebSocketEventMap[K]): void };

type Listener<Target, Values extends unknown[]> = (this: Target, ...values: Values) => void;

/** Subscribing with what the events carry; other names pass, as on every emitter. */
interface Subscribing<Events extends { [K in keyof Events]: unknown[] }> {
  on<K extends keyof Events>(event: K, listener: Listener<this, Events[K]>): this;
  on(event: string | symbol, listener: Listener<this, never[]>): this;
  once<K extends keyof Events>(event: K, listener: Listener<this, Events[K]>): this;
  once(event: string | symbol, listener: Listener<this, never[]>): this;
  off<K extends keyof Events>(event: K, listener: Listener<this, Events[K]>): this;
  off(event: string | symbol, listener: Listener<this, never[]>): this;
  addListener<K extends keyof Events>(event: K, listener: Listener<this, Events[K]>): this;
  addListener(event: string | symbol, listener: Listener<this, never[]>): this;
  removeListener<K extends keyof Events>(event: K, listener: Listener<this, Events[K]>): this;
  removeListener(event: string | symbol, listener: Listener<this, never[]>): this;
  prependListener<K extends keyof Events>(event: K, listener: Listener<this, Events[K]>): this;
  prependListener(event: string | symbol, listener: Listener<this, never[]>): this;
  prependOnceListener<K extends keyof Events>(event: K, listener: Listener<this, Events[K]>): this;
  prependOnceListener(event: string | symbol, listener: Listener<this, never[]>): this;
  removeAllListeners(event?: string | symbol): this;
  setMaxListeners(count: number): this;
}

export interface TypedEmitter<Events extends { [K in keyof Events]: unknown[] }>
  extends Omit<EventEmitter, keyof Subscribing<Events>>, Subscribing<Events> {}
