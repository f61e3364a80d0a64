/**
 * The same load as `load.c`, command for command, for machines without a C compiler. Per message it
 * costs about as much as a plain echo on `node:net`, so figures for what is faster are too high.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** At once, while they are opened: the listener's queue is short. */
const OPENED_AT_ONCE = 64;

let request = Buffer.alloc(0);
let frame = Buffer.alloc(0);
let replyBytes = 0;
const sockets = [];

const commands = {
  request([hex = '']) {
    request = Buffer.from(hex, 'hex');
    return {};
  },

  async open([port, count]) {
    const wanted = sockets.length + Number(count);
    while (sockets.length < wanted) {
      const some = Math.min(OPENED_AT_ONCE, wanted - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: some }, () => openOne(port)))));
    }
    return {};
  },

  async frame([hex, length]) {
    frame = Buffer.from(hex, 'hex');
    replyBytes = Number(length) || (await learnReply());
    return { replyBytes };
  },

  echo([count, ms]) {
    const inFlight = Number(count);
    const batch = Buffer.concat(Array(inFlight).fill(frame));
    return run(ms, (isOver, finished) => {
      let messages = 0;
      let busy = sockets.length;
      for (const socket of sockets) {
        let owed = replyBytes * inFlight;
        onChunk(socket, (chunk) => {
          owed -= chunk.length;
          if (owed > 0) return;
          messages += inFlight;
          owed = replyBytes * inFlight;
          if (!isOver()) socket.write(batch);
          else if (--busy === 0) finished(messages);
        });
        socket.write(batch);
      }
    });
  },

  broadcast([count, ms]) {
    const inFlight = Number(count);
    const batch = Buffer.concat(Array(inFlight).fill(frame));
    const round = replyBytes * inFlight * sockets.length;
    return run(ms, (isOver, finished) => {
      let owed = round;
      let messages = 0;
      for (const socket of sockets) {
        onChunk(socket, (chunk) => {
          owed -= chunk.length;
          if (owed > 0) return;
          messages += inFlight * sockets.length;
          owed = round;
          if (isOver()) finished(messages);
          else sockets[0].write(batch);
        });
      }
      sockets[0].write(batch);
    });
  },

  handshakes([port, atOnce, count]) {
    return run(0, (_, finished) => {
      let begun = 0;
      let busy = Number(atOnce);
      const next = async () => {
        for (; begun < Number(count);) {
          begun += 1;
          sockets.push(await openOne(port));
        }
        if (--busy === 0) finished(begun);
      };
      for (let i = 0; i < Number(atOnce); i++) void next();
    });
  },

  reset() {
    for (const socket of sockets.splice(0)) socket.resetAndDestroy();
    return {};
  },
};

async function openOne(port) {
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  if (request.length === 0) return socket;
  socket.write(request);
  const [answer] = await once(socket, 'data');
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error('refused');
  return socket;
}

async function learnReply() {
  const [socket] = sockets;
  socket.write(frame);
  let reply = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(socket, 'data');
    reply = Buffer.concat([reply, chunk]);
    if (reply[0] !== frame[0]) throw new Error('not an echo');
    const short = reply[1] & 0x7f;
    if (short < 126 && reply.length >= 2 + short) return 2 + short;
    if (short === 126 && reply.length >= 4 + reply.readUInt16BE(2)) return reply.length;
    if (short === 127 && reply.length >= 10 + Number(reply.readBigUInt64BE(2))) return reply.length;
  }
}

function onChunk(socket, listener) {
  socket.removeAllListeners('data');
  socket.on('data', listener);
}

function run(ms, start) {
  return new Promise((resolve) => {
    const from = performance.now();
    const cpuFrom = process.cpuUsage();
    const isOver = () => performance.now() - from >= ms;
    start(isOver, (messages) => {
      const { user, system } = process.cpuUsage(cpuFrom);
      resolve({ messages, ms: performance.now() - from, busyMs: (user + system) / 1_000 });
    });
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...parameters] = line.split(' ');
  const answer = await Promise.resolve(parameters)
    .then(commands[command])
    .catch(({ message }) => ({ error: message }));
  console.log(JSON.stringify(answer));
}
process.exit();
