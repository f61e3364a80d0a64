/** A proxy that speaks HTTP and knows nothing of WebSocket, as many did and some still do. */
import { once } from 'node:events';
import {
  createServer,
  request as requestFrom,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpProxyOptions {
  /** Of the server, or of that for a request with this path. */
  targetPort: number | ((path: string) => number);
  /** Passes a response on when it has all of it, as one that looks for viruses does. Default false. */
  buffers?: boolean;
}

/** RFC 9110 §7.6.1: these concern one connection, and the next one is another. */
const HOP_BY_HOP = ['connection', 'upgrade', 'keep-alive', 'te', 'transfer-encoding', 'trailer'];

export class HttpProxy {
  readonly #options: HttpProxyOptions;
  // Without a listener for 'upgrade', Node takes such a request for an ordinary one.
  readonly #server: Server;

  constructor(options: HttpProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#forward(request, response));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path = '/', headers } = request;
    const { targetPort } = this.#options;
    const forwarded = requestFrom({
      host: '127.0.0.1',
      port: typeof targetPort === 'number' ? targetPort : targetPort(path),
      method,
      path,
      headers: endToEnd(headers),
      agent: false,
    });
    forwarded.on('response', (answer) => void this.#answer(answer, response));
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    request.pipe(forwarded);
  }

  async #answer(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = answer.statusCode ?? 502;
    answer.on('error', () => response.destroy());
    if (this.#options.buffers !== true) {
      response.writeHead(status, endToEnd(answer.headers));
      response.flushHeaders();
      answer.pipe(response);
      return;
    }
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      response.writeHead(status, endToEnd(answer.headers));
      response.end(Buffer.concat(chunks));
    });
  }
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));
}
