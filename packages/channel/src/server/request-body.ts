import type { IncomingMessage } from 'node:http';

/** How long a body may take to arrive: 128 KiB at 35 kbit/s. */
const BODY_TIMEOUT_MS = 30_000;

export type BodyProblem = 'too-large' | 'too-slow' | 'cut-off';

/**
 * Reads the body of a request and calls `done` once, with the body or with why there is none. What
 * comes after a refusal is read and dropped, so that the answer is not destroyed on its way.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Buffer | BodyProblem) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => finish('too-slow'), BODY_TIMEOUT_MS);
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) finish('too-large');
    else chunks.push(chunk);
  };
  const onEnd = () => finish(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  const onClose = () => finish('cut-off');
  request.on('data', onData);
  request.on('end', onEnd);
  request.on('close', onClose);

  function finish(body: Buffer | BodyProblem): void {
    clearTimeout(timer);
    request.off('data', onData);
    request.off('end', onEnd);
    request.off('close', onClose);
    request.resume();
    done(body);
  }
}
