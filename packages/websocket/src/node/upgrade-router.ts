/** Lets several WebSocket servers share one HTTP server, each with its path. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

import { HandshakeError } from '../protocol/index.ts';
import { refuse } from './refusal.ts';

export interface UpgradeTarget {
  /** Undefined: takes every path that no other target has. */
  readonly path: string | undefined;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const routers = new WeakMap<Server, UpgradeRouter>();

/** @throws {Error} when the path is taken on this HTTP server */
export function attachTarget(server: Server, target: UpgradeTarget): void {
  let router = routers.get(server);
  if (router === undefined) {
    router = new UpgradeRouter();
    routers.set(server, router);
    server.on('upgrade', router.listener);
  }
  router.add(target);
}

/** With its last target gone, the HTTP server is left as it was. */
export function detachTarget(server: Server, target: UpgradeTarget): void {
  const router = routers.get(server);
  if (router === undefined) return;
  router.remove(target);
  if (router.size > 0) return;
  server.off('upgrade', router.listener);
  routers.delete(server);
}

class UpgradeRouter {
  readonly #targets = new Map<string | undefined, UpgradeTarget>();

  readonly listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const target = this.#targets.get(pathOf(request.url ?? '')) ?? this.#targets.get(undefined);
    if (target === undefined) refuse(socket, new HandshakeError('PW_WS_PATH'));
    else target.handleUpgrade(request, socket, head);
  };

  get size(): number {
    return this.#targets.size;
  }

  add(target: UpgradeTarget): void {
    if (this.#targets.has(target.path)) {
      throw new Error(
        `another WebSocket server has ${target.path ?? 'the remaining paths'} already`,
      );
    }
    this.#targets.set(target.path, target);
  }

  remove(target: UpgradeTarget): void {
    if (this.#targets.get(target.path) === target) this.#targets.delete(target.path);
  }
}

/** The path of a request target, without the query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
