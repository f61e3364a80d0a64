/** Measures one cell: every engine's server and its load run side by side and take turns. */
import { setTimeout as sleep } from 'node:timers/promises';
import { serverCommand } from './engines.mjs';
import { clientFrame, openingRequest, serverFrameLength } from './frames.mjs';
import { Child } from './process.mjs';

const SERVER_CORE = 0;
const LOAD_CORE = 1;
/** In µs per tenth of a second; a server that has less to do has finished. */
const IDLE_CPU = 5_000;
const MAX_MESSAGE_BYTES = 2 * 1_048_576;

/**
 * @param {{ load: string[], windows: number, windowMs: number }} settings
 * @returns what the cell costs each engine: µs of server CPU per message, or bytes per connection
 */
export async function measure(cell, engines, settings) {
  if (cell.kind === 'memory') return measureMemory(cell, engines, settings);
  const contestants = [];
  for (const name of engines) await startInto(contestants, name, cell, settings);
  // The first windows of each warm it up. Every other round goes the other way about.
  const warmUps = cell.kind === 'handshakes' ? 2 : 1;
  for (let window = 0; window < warmUps + settings.windows; window++) {
    const order = window % 2 === 0 ? [...contestants] : contestants.toReversed();
    for (const contestant of order) {
      const counts = window >= warmUps;
      const measured = () => contestant.measureWindow(settings.windowMs, counts);
      if (await isDone(contestant, measured)) continue;
      contestants.splice(contestants.indexOf(contestant), 1);
    }
  }
  for (const contestant of contestants) await contestant.end();
  return contestants.map((contestant) => contestant.result());
}

/** One after the other: all their connections together would be too many for one machine. */
async function measureMemory(cell, engines, settings) {
  const results = [];
  for (const name of engines) {
    const contestants = [];
    await startInto(contestants, name, cell, settings);
    for (const contestant of contestants) {
      if (!(await isDone(contestant, () => contestant.measureMemory()))) continue;
      results.push(contestant.result());
      await contestant.end();
    }
  }
  return results;
}

async function startInto(contestants, name, cell, { load }) {
  const contestant = new Contestant(name, cell, load);
  if (await isDone(contestant, () => contestant.start())) contestants.push(contestant);
}

/** Who cannot do what the cell asks for is left out. */
async function isDone(contestant, step) {
  try {
    await step();
    return true;
  } catch ({ message }) {
    console.error(`left out: ${contestant.description}: ${message}`);
    await contestant.end();
    return false;
  }
}

class Contestant {
  #name;
  #cell;
  #server;
  #load;
  #port = 0;
  #costs = [];
  #rates = [];
  #serverBusy = [];
  #loadBusy = [];

  constructor(name, cell, load) {
    this.#name = name;
    this.#cell = cell;
    const { command, env } = serverCommand(name, {
      broadcast: cell.kind === 'broadcast',
      compression: cell.compression === true,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
    this.#server = new Child(command, SERVER_CORE, env);
    this.#load = new Child(load, LOAD_CORE);
  }

  get description() {
    return `${this.#name}, ${this.#cell.name}`;
  }

  async start() {
    const { connections, message, warmUp = connections } = this.#cell;
    ({ port: this.#port } = await this.#server.next());
    const raw = this.#name === 'raw';
    const compression = this.#cell.compression === true;
    await this.#load.ask('request', raw ? '' : openingRequest({ compression }).toString('hex'));
    if (message === undefined) return;
    await this.#load.ask('open', this.#port, warmUp);
    const frame = clientFrame(message, compression);
    const expected = raw ? frame.length : serverFrameLength(message);
    // Every connection would get the answer to a trial broadcast, too.
    const learns = !raw && this.#cell.kind !== 'broadcast';
    const { replyBytes } = await this.#load.ask(
      'frame',
      frame.toString('hex'),
      learns ? 0 : expected,
    );
    if (!compression && replyBytes !== expected) {
      throw new Error(`answered with ${replyBytes} bytes, not ${expected}`);
    }
  }

  async measureWindow(ms, counts) {
    const { kind, inFlight, atOnce, count } = this.#cell;
    const run =
      kind === 'handshakes' ? ['handshakes', this.#port, atOnce, count] : [kind, inFlight, ms];
    const before = await this.#server.ask('cpu');
    const {
      messages,
      ms: elapsedMs,
      busyMs,
    } = await this.#load.ask(...run).catch((cause) => {
      throw new Error(`${this.#name}: ${cause.message}`, { cause });
    });
    const after = await this.#server.ask('cpu');
    if (kind === 'handshakes') await this.#endConnections();
    if (!counts) return;
    const cpu = after.cpu - before.cpu;
    this.#costs.push(cpu / messages);
    this.#rates.push((messages / elapsedMs) * 1_000);
    this.#serverBusy.push(cpu / 1_000 / elapsedMs);
    this.#loadBusy.push(busyMs / elapsedMs);
  }

  /** Outside the window: until the server has noticed, and has nothing more to do. */
  async #endConnections() {
    await this.#load.ask('reset');
    let before;
    let now = await this.#server.ask('cpu');
    do {
      before = now;
      await sleep(100);
      now = await this.#server.ask('cpu');
    } while (now.cpu - before.cpu > IDLE_CPU);
  }

  /** What a further connection costs: the first thousand pay for what there is once. */
  async measureMemory() {
    const { connections } = this.#cell;
    await this.#load.ask('echo', 1, 1);
    const before = await this.#server.ask('memory');
    await this.#load.ask('open', this.#port, connections);
    await this.#load.ask('echo', 1, 1);
    const after = await this.#server.ask('memory');
    this.#costs.push((after.memory - before.memory) / connections);
  }

  result() {
    return {
      name: this.#name,
      cost: median(this.#costs),
      rate: median(this.#rates),
      serverBusy: median(this.#serverBusy),
      loadBusy: median(this.#loadBusy),
    };
  }

  async end() {
    await Promise.all([this.#server.end(), this.#load.end()]);
  }
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
