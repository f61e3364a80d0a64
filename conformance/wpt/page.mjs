/**
 * One test of the web platform in a thread of its own: its scripts share one global object and one
 * scope, as the scripts of a page do.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import {
  CloseEvent,
  MessageEvent,
  WebSocket,
  WebSocketError,
  WebSocketStream,
} from '@pairwire/websocket';

const { root, path, scripts, variant, ports, ca } = workerData;
const fetchAbsolute = globalThis.fetch;

defineGlobal('self', globalThis);
defineGlobal('window', globalThis);
defineGlobal('location', new URL(`http://localhost:${ports.ws}/${path}${variant}`));
defineGlobal('fetch', (target, init) => fetchAbsolute(new URL(target, globalThis.location), init));
for (const Class of [CloseEvent, MessageEvent, WebSocketError]) defineGlobal(Class.name, Class);
defineGlobal('WebSocket', withOptions(WebSocket, 2));
defineGlobal('WebSocketStream', withOptions(WebSocketStream, 1));

run('resources/testharness.js', readFileSync(join(root, 'resources/testharness.js'), 'utf8'));
// The harness takes a document for a browser's, so it comes before.
defineGlobal('document', createDocument());
defineGlobal('Window', class Window {});
// A page goes on; some tests leave promises behind that nobody looks at.
process.on('unhandledRejection', () => {});
// One by one: of a test that never ends, what came before it counts.
globalThis.add_result_callback(({ name, status, message }) => {
  parentPort.postMessage({ name, isPassed: status === 0, message });
});
globalThis.add_completion_callback((_, { status, message }) => {
  parentPort.postMessage({ failure: status === 0 ? undefined : String(message) });
});
for (const { name, code } of scripts) run(name, code ?? readScript(name));
globalThis.done?.();

function defineGlobal(name, value) {
  Object.defineProperty(globalThis, name, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

function run(filename, code) {
  runInThisContext(code, { filename });
}

function readScript(name) {
  const file = name.startsWith('/') ? name.slice(1) : join(dirname(path), name);
  return substitute(file, readFileSync(join(root, file), 'utf8'));
}

/** What the test server fills in, in files with `.sub.` in their name. */
function substitute(name, text) {
  if (!name.includes('.sub.')) return text;
  return text
    .replaceAll('{{host}}', 'localhost')
    .replaceAll('{{hosts[alt][www]}}', 'www.localhost')
    .replaceAll(/\{\{ports\[(\w+)\]\[0\]\}\}/g, (_, scheme) => ports[scheme] ?? '');
}

/** A page cannot say which certificate to trust or to speak HTTP/2; a browser knows. */
function withOptions(Class, position) {
  const isSecure = variant === '?wss' || variant.includes('=h2');
  if (!isSecure) return Class;
  const options = { tls: { ca }, ...(variant.includes('=h2') && { http2: 'only' }) };
  return new Proxy(Class, {
    construct(target, given, newTarget) {
      if (given.length === 0) return Reflect.construct(target, given, newTarget);
      const all = [...given, ...Array(Math.max(0, position + 1 - given.length)).fill(undefined)];
      const own = all[position];
      if (own === undefined || typeof own === 'object') all[position] = { ...own, ...options };
      return Reflect.construct(target, all, newTarget);
    },
  });
}

/** As much of a document as the tests of WebSockets touch. */
function createDocument() {
  class UIEvent extends Event {
    initUIEvent(type, bubbles, cancelable, _view, detail) {
      this.initEvent(type, bubbles, cancelable);
      this.detail = detail;
    }
  }
  class HTMLAnchorElement {
    #url = '';
    get href() {
      return this.#url;
    }
    set href(text) {
      this.#url = new URL(text, globalThis.location).href;
    }
    toString() {
      return this.#url;
    }
  }
  return {
    title: path,
    body: { toString: () => '[object HTMLBodyElement]' },
    getElementsByTagName: () => [],
    createEvent: (name) => (name === 'UIEvents' ? new UIEvent('') : new Event('')),
    createElement: () => new HTMLAnchorElement(),
  };
}
