/**
 * The load in a process of its own. It speaks in prepared frames and counts bytes, so that it is not
 * what is measured.
 */
import { connect } from 'node:net';

const REQUEST = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  '',
  '',
].join('\r\n');

const sockets = [];

const commands = {
  /** Opens connections, with the opening handshake unless `raw`. */
  async open({ port, connections, raw }) {
    for (const socket of sockets.splice(0)) socket.destroy();
    // A few at a time: the listener's queue is short.
    while (sockets.length < connections) {
      const some = Math.min(64, connections - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, () => openOne(port, raw)))));
    }
    return {};
  },

  /** Every connection keeps `inFlight` messages on their way for `ms`. */
  echo({ frame, replyBytes, inFlight, ms }) {
    const batch = Buffer.concat(Array(inFlight).fill(Buffer.from(frame, 'base64')));
    return run(ms, (isOver, finished) => {
      let messages = 0;
      let busy = sockets.length;
      for (const socket of sockets) {
        let owed = replyBytes * inFlight;
        onChunk(socket, (chunk) => {
          owed -= chunk.length;
          if (owed > 0) return;
          if (!isOver()) messages += inFlight;
          owed = replyBytes * inFlight;
          if (!isOver()) socket.write(batch);
          else if (--busy === 0) finished(messages);
        });
        socket.write(batch);
      }
    });
  },

  /** One connection sends, all receive; the next messages go when every one has all of them. */
  broadcast({ frame, replyBytes, inFlight, ms }) {
    const batch = Buffer.concat(Array(inFlight).fill(Buffer.from(frame, 'base64')));
    return run(ms, (isOver, finished) => {
      const round = replyBytes * inFlight * sockets.length;
      let owed = round;
      let messages = 0;
      for (const socket of sockets) {
        onChunk(socket, (chunk) => {
          owed -= chunk.length;
          if (owed > 0) return;
          if (isOver()) {
            finished(messages);
            return;
          }
          messages += inFlight * sockets.length;
          owed = round;
          sockets[0].write(batch);
        });
      }
      sockets[0].write(batch);
    });
  },

  /** Opens and drops connections, `inFlight` at a time. */
  handshakes({ port, inFlight, ms }) {
    return run(ms, (isOver, finished) => {
      let messages = 0;
      let busy = inFlight;
      const next = async () => {
        while (!isOver()) {
          const socket = await openOne(port, false);
          socket.resetAndDestroy();
          messages += 1;
        }
        if (--busy === 0) finished(messages);
      };
      for (let i = 0; i < inFlight; i++) void next();
    });
  },
};

function openOne(port, raw) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      if (raw) resolve(socket);
      else socket.write(REQUEST);
    });
    if (!raw) socket.once('data', () => resolve(socket));
  });
}

function onChunk(socket, listener) {
  socket.removeAllListeners('data');
  socket.on('data', listener);
}

function run(ms, start) {
  return new Promise((resolve) => {
    const from = performance.now();
    let over = false;
    setTimeout(() => {
      over = true;
      process.send({ over: true, elapsedMs: performance.now() - from });
    }, ms);
    start(
      () => over,
      (messages) => resolve({ messages }),
    );
  });
}

process.on('message', (request) => void answer(request));
process.on('disconnect', () => process.exit());

async function answer({ command, ...parameters }) {
  process.send({ done: command, ...(await commands[command](parameters)) });
}
