/** What is measured: one cell is one row of the table. */
const KIB = 1_024;
const MIB = 1_048_576;

const ALL = [
  'raw',
  'pairwire',
  'compat',
  'ws',
  'ws+bufferutil',
  'websocket',
  'faye-websocket',
  'bun',
];
const ENGINES = ALL.filter((name) => name !== 'raw');

const SIZES = [16, 125, KIB, 16 * KIB, 64 * KIB, MIB];

/** @param {{ quick: boolean }} options */
export function cellsFor({ quick }) {
  return [
    ...SIZES.flatMap((bytes) => [
      echo('text', bytes, 1, 1),
      echo('text', bytes, 1, 16),
      echo('text', bytes, many(bytes), 1),
      echo('text', bytes, many(bytes), 16),
    ]),
    ...SIZES.flatMap((bytes) => [
      echo('binary', bytes, many(bytes), 1),
      echo('binary', bytes, many(bytes), 16),
    ]),
    echo('chinese', 125, 100, 1),
    echo('chinese', 125, 100, 16),
    echo('chinese', KIB, 100, 16),
    broadcast(1),
    broadcast(16),
    {
      name: 'opening handshake',
      kind: 'handshakes',
      engines: ['http', ...ENGINES],
      atOnce: 32,
      count: quick ? 1_000 : 3_000,
    },
    compressed(1),
    compressed(16),
    {
      name: `memory of an idle connection, ${quick ? '1,000' : '10,000'} open`,
      kind: 'memory',
      engines: ALL,
      warmUp: 1_000,
      connections: quick ? 1_000 : 10_000,
      message: { kind: 'text', bytes: 16 },
    },
  ];
}

function echo(kind, bytes, connections, inFlight) {
  const name = `echo ${kind} ${label(bytes)}, ${connections} × ${inFlight}`;
  return { name, kind: 'echo', engines: ALL, message: { kind, bytes }, connections, inFlight };
}

function broadcast(inFlight) {
  const name = `broadcast text 64 B to 1,000, ${inFlight} in flight`;
  const message = { kind: 'text', bytes: 64 };
  return { name, kind: 'broadcast', engines: ENGINES, message, connections: 1_000, inFlight };
}

/** Without context takeover, so that every answer is as long as the first. */
function compressed(inFlight) {
  return {
    name: `echo compressed JSON 1 KiB, 100 × ${inFlight}`,
    kind: 'echo',
    engines: ['pairwire', 'compat', 'ws', 'bun'],
    message: { kind: 'json', bytes: KIB },
    compression: true,
    connections: 100,
    inFlight,
  };
}

/** A hundred connections with 16 messages of 1 MiB each would be more than many machines' memory. */
function many(bytes) {
  return bytes === MIB ? 20 : 100;
}

function label(bytes) {
  if (bytes >= MIB) return `${bytes / MIB} MiB`;
  return bytes >= KIB ? `${bytes / KIB} KiB` : `${bytes} B`;
}
