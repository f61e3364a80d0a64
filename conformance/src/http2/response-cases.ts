/** RFC 8441 §5: what a client must ask of the answer to its Extended CONNECT. */
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Level } from '../case.ts';
import { DEFLATE_ANSWERS } from '../cases/deflate-answers.ts';

export interface AnswerCase {
  id: string;
  title: string;
  section: string;
  level: Level;
  /** `fillIn` replaces what stands for a value of the client's offer. */
  answer(stream: ServerHttp2Stream, fillIn: (value: string) => string): void;
  /** Whether the client must open, or let go of the stream. */
  outcome: 'opens' | 'fails';
}

const which =
  (outcome: AnswerCase['outcome']) =>
  (
    id: string,
    title: string,
    section: string,
    answer: AnswerCase['answer'],
    level: Level = 'must',
  ): AnswerCase => ({
    id: `answer.${id}`,
    title: `${outcome} ${title}`,
    section,
    level,
    answer,
    outcome,
  });
const opens = which('opens');
const fails = which('fails');

const status =
  (code: number): AnswerCase['answer'] =>
  (stream) =>
    stream.respond({ ':status': code });

const field =
  (name: string, value: string): AnswerCase['answer'] =>
  (stream, fillIn) =>
    stream.respond({ ':status': 200, [name]: fillIn(value) });

export const answerCases: AnswerCase[] = [
  opens('plain', 'on 200', 'RFC 8441 5', status(200)),
  opens('other-headers', 'with headers that it does not know', '4.1', field('server', 'x')),
  opens(
    'accept-value',
    'on 200 with an accept value, which means nothing here',
    'RFC 8441 5',
    field('sec-websocket-accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='),
    'should',
  ),
  opens('interim', 'after an interim response', 'RFC 9110 15.2', (stream) => {
    stream.additionalHeaders({ ':status': 103 });
    stream.respond({ ':status': 200 });
  }),
  ...[302, 400, 401, 403, 404, 405, 426, 501, 503].map((code) =>
    fails(`status.${code}`, `on status ${code}`, '4.1', status(code)),
  ),
  fails('body', 'on a refusal with a body', '4.1', (stream) => {
    stream.respond({ ':status': 403, 'content-type': 'text/plain' });
    stream.end('no');
  }),
  fails('reset.refused', 'when its stream is refused', 'RFC 9113 8.7', (stream) =>
    stream.close(constants.NGHTTP2_REFUSED_STREAM),
  ),
  fails('reset.protocol', 'when its stream is reset', 'RFC 9113 5.4.2', (stream) =>
    stream.close(constants.NGHTTP2_PROTOCOL_ERROR),
  ),
  fails('connection-lost', 'when the connection ends before the answer', '4.1', (stream) => {
    const { session } = stream;
    setImmediate(() => session?.destroy());
  }),
  fails(
    'protocol.unrequested',
    'on a subprotocol that was not asked for',
    '4.1',
    field('sec-websocket-protocol', 'chat'),
  ),
  fails(
    'extension.unrequested',
    'on an extension that was not offered',
    '4.1',
    field('sec-websocket-extensions', 'x-unknown'),
  ),
  ...DEFLATE_ANSWERS.map(([id, title, parameters, section]) =>
    fails(
      `deflate.${id}`,
      title,
      `RFC 7692 ${section}`,
      field('sec-websocket-extensions', `permessage-deflate${parameters}`),
    ),
  ),
];
