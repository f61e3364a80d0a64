/** A part of a frame or of a header block: what it is called, and what it is there for. */
export interface FieldText {
  name: string;
  meaning: string;
}

/** Every word of the lab, in English. `lab-messages.zh.ts` has the same keys; a test compares them. */
export const labEnglish = {
  title: 'Pairwire lab: WebSocket, byte by byte',
  heading: 'What goes over the wire',
  lead: 'A WebSocket connection taken apart, as it happens. Nothing here is made up: the server shows what its own socket sees.',
  navLabel: 'Parts of the lab',
  parts: { wire: 'Bytes', doctor: 'Doctor', transports: 'Transports', keyboard: 'Keyboard' },

  // The session with the server
  sessionLost:
    'The connection to the lab is gone, so there is nothing to watch with. The server may have been restarted, or a quarter of an hour is over.',
  sessionRefused: 'The lab takes no more visitors at the moment. Try again in a minute.',
  sessionAgain: 'Connect to the lab again',

  // Part 1: the tutorial's page
  wireHeading: 'Three buttons, every byte',
  wireLead:
    'Connect opens a WebSocket to this server’s /chat. Send a name, and it answers with a greeting.',
  connect: 'Connect',
  sendName: 'Send my name',
  seeState: 'See state',
  nameLabel: 'Name',
  nameDefault: 'Ada',
  pingServer: 'Ping from the server',
  closeClient: 'Close',
  closeServer: 'Close from the server',
  logLabel: 'What the page’s script sees',
  logEmpty: 'Nothing yet. Press Connect.',
  said: {
    connecting: (url: string) => `new WebSocket("${url}")`,
    open: 'onopen',
    message: (text: string) => `onmessage: ${text}`,
    sent: (text: string) => `send: ${text}`,
    error: 'onerror',
    close: (code: number, reason: string, clean: boolean) =>
      `onclose: code ${code}${reason === '' ? '' : `, reason “${reason}”`}, ${clean ? 'clean' : 'not clean'}`,
    closing: 'close(1000)',
    state: (value: number, name: string) => `readyState is ${value} (${name})`,
    noSocket: 'There is no WebSocket yet: press Connect first.',
    notOpen: (name: string) => `Not sent: the connection is ${name}.`,
  },
  handshakeHeading: 'Opening handshake',
  handshakeLead:
    'It looks like HTTP, because it is: one request, one answer. After the empty line of the answer the connection belongs to WebSocket. Choose a line to learn what it does.',
  requestLabel: 'Request: browser to server',
  responseLabel: 'Response: server to browser',
  showBytes: 'Show as bytes',
  showText: 'Show as text',
  hiddenValue: 'The value is a secret of your browser’s and is not shown.',
  acceptHeading: 'Where Sec-WebSocket-Accept comes from',
  acceptLead:
    'Computed in this page, from the key above. It proves that the server has read the request and speaks WebSocket; it is no secret and no encryption.',
  accept: {
    key: 'The key from the request: 16 random bytes in base64, taken as text',
    guid: 'Behind it, this constant: the same for everybody, from RFC 6455 §1.3',
    joined: 'Both as one text',
    hash: 'Its SHA-1: 20 bytes, here in hexadecimal',
    base64: 'Those 20 bytes in base64: the answer',
    trap: 'A common mistake is to encode the hexadecimal text instead of the bytes. That gives 56 characters, and every browser refuses them:',
    match: 'It is what the server sent.',
    mismatch: 'The server sent something else.',
  },
  framesHeading: 'Frames',
  framesEmpty: 'No frame yet. Send your name.',
  framesLead: 'Touch, hover or tab to a field to see what it says.',
  connectionHeading: (number: number) => `Connection ${number}`,
  ended: 'TCP closed.',
  unwatched: 'More goes over this connection than the lab shows. It goes on unseen.',
  fromClient: 'Browser to server',
  fromServer: 'Server to browser',
  afterMs: (time: string) => `after ${time}`,
  payloadBytes: (count: number) =>
    count === 1 ? '1 byte of payload' : `${count} bytes of payload`,
  notShown: (count: number) => `and ${count} more bytes`,
  missing: (count: number) => `${count} bytes of the payload are missing.`,
  fieldsLabel: 'Fields of the frame',
  bits: (first: number, last: number) =>
    first === last ? `bit ${first}` : `bits ${first} to ${last}`,
  bytes: (first: number, last: number) =>
    first === last ? `byte ${first}` : `bytes ${first} to ${last}`,
  section: (place: string) => place,

  opcodes: {
    continuation: 'Continuation',
    text: 'Text',
    binary: 'Binary',
    close: 'Close',
    ping: 'Ping',
    pong: 'Pong',
    reserved: 'Reserved opcode',
  },
  fields: {
    fin: { name: 'FIN', meaning: 'Whether this frame is the last of its message.' },
    rsv: {
      name: 'RSV1–3',
      meaning: 'Three bits for extensions. All zero unless one was agreed on in the handshake.',
    },
    opcode: { name: 'Opcode', meaning: 'What kind of frame this is.' },
    mask: {
      name: 'MASK',
      meaning: 'Whether the payload is masked. Browsers must mask, servers must not.',
    },
    'payload-length': {
      name: 'Payload length',
      meaning:
        'Up to 125 it is the length itself. 126 means: see the next 2 bytes; 127: the next 8.',
    },
    'extended-length': {
      name: 'Extended payload length',
      meaning: 'The length, most significant byte first. It must not fit into fewer bytes.',
    },
    'masking-key': {
      name: 'Masking key',
      meaning:
        'Four random bytes, new for every frame, so that no script can choose the bytes a proxy sees. Byte i of the payload is XORed with byte i mod 4 of the key.',
    },
    payload: { name: 'Payload', meaning: 'What was said.' },
    'close-code': { name: 'Close code', meaning: 'Why the connection is closed, as a number.' },
    'close-reason': { name: 'Close reason', meaning: 'The same in words, for people who debug.' },
  } satisfies Record<string, FieldText>,
  values: {
    fin: ['More frames of this message follow.', 'The message ends here.'],
    rsv: ['No extension is used.', 'An extension has set a bit.'],
    opcode: {
      continuation: 'The next part of a message.',
      text: 'A message in UTF-8, or its beginning.',
      binary: 'A message of bytes, or its beginning.',
      close: 'The sender is done. The other side answers with Close too.',
      ping: 'Are you there? The answer is a Pong with the same payload.',
      pong: 'I am. A browser answers by itself; its script never knows.',
      reserved: 'No meaning yet: whoever receives it must fail the connection.',
    },
    mask: ['Not masked: it comes from a server.', 'Masked: it comes from a client.'],
    length: (count: number) => `${count} bytes.`,
    lengthElsewhere: (count: number) => `The length stands in the next ${count} bytes.`,
    xor: (sum: string) => `So ${sum} …`,
  },
  closeCodes: {
    1000: 'Normal closure: the purpose is fulfilled.',
    1001: 'Going away: the page is left, or the server stops.',
    1002: 'Protocol error.',
    1003: 'Data of a kind that is not accepted.',
    1007: 'Text that is not UTF-8.',
    1008: 'Against the policy of the other side.',
    1009: 'Message too big.',
    1010: 'An extension the client needs was not agreed on.',
    1011: 'The server met something unexpected.',
  },

  heads: {
    start: {
      request: {
        name: 'Request line',
        meaning: 'A GET, at least HTTP/1.1. The path says which WebSocket of this server is meant.',
      },
      response: {
        name: 'Status line',
        meaning: '101: the server agrees to change the protocol. Any other status is a refusal.',
      },
    },
    end: {
      name: 'Empty line',
      meaning:
        'Ends the header block. Without it both sides wait for each other for ever: that is one half of the tutorial’s open question.',
    },
    other: {
      name: 'Another header',
      meaning: 'The browser or the server adds it to all HTTP; the handshake does not need it.',
    },
    fields: {
      host: { name: 'Host', meaning: 'The name the page used for this server.' },
      upgrade: { name: 'Upgrade', meaning: 'The protocol to change to: websocket.' },
      connection: {
        name: 'Connection',
        meaning: 'Must name Upgrade: it concerns this connection only, not those behind a proxy.',
      },
      origin: {
        name: 'Origin',
        meaning:
          'The page that asks. Browsers do not let scripts change it, so a server can turn foreign pages away.',
      },
      'sec-websocket-key': {
        name: 'Sec-WebSocket-Key',
        meaning: '16 random bytes in base64. The answer is computed from it.',
      },
      'sec-websocket-version': {
        name: 'Sec-WebSocket-Version',
        meaning: 'Always 13; earlier numbers were drafts.',
      },
      'sec-websocket-protocol': {
        name: 'Sec-WebSocket-Protocol',
        meaning:
          'Subprotocols: the request offers some, the answer chooses one of them, or sends no such line.',
      },
      'sec-websocket-extensions': {
        name: 'Sec-WebSocket-Extensions',
        meaning: 'Extensions the browser offers, such as compression. The server chooses.',
      },
      'sec-websocket-accept': {
        name: 'Sec-WebSocket-Accept',
        meaning: 'The proof that the key was read. How it is computed is shown below.',
      },
    } as Readonly<Record<string, FieldText>>,
  },

  // Part 2: the doctor
  doctorHeading: 'What is wrong with it?',
  doctorLead:
    'Type an opening handshake, or frames, and the engine of this server says what it thinks of them, with the place in the RFC. Nothing is connected, nothing is kept.',
  doctorKind: 'What to examine',
  doctorKinds: { handshake: 'Opening handshake', frames: 'Frames' },
  presets: 'Examples',
  presetsLead:
    'The tutorial asks why its handshake fails with two more lines. These are its answers, and their relatives:',
  handshakePresets: {
    A: 'the plain answer',
    B: 'the tutorial’s two lines: a subprotocol, and no empty line behind it',
    C: 'the same with the empty line; the page asked for no subprotocol',
    D: 'both offered subprotocols in the answer',
    E: 'the subprotocol in another case',
    G: 'Connection names two things',
    H: 'an empty subprotocol',
    I: 'line ends of LF alone',
    J: 'an accept value for an empty key',
    K: 'the subprotocol twice',
  },
  framePresets: {
    hello: 'Hello, masked',
    unmasked: 'Hello from a client, not masked',
    fragments: 'Two fragments, a ping between',
    ping: 'Ping',
    littleEndian: 'Length the wrong way round',
    utf8: 'Broken UTF-8',
    reserved: 'Reserved opcode',
    nonMinimal: 'Length longer than needed',
    closeCode: 'Close with 1005',
  },
  senderLabel: 'Who sends them',
  senders: { client: 'From a client', server: 'From a server' },
  framesLabel: 'Bytes in hexadecimal',
  hexHint: 'Two digits for each byte. Spaces, commas and line breaks do not matter.',
  escapesHint: 'Line ends are written out: \\r\\n. If you write none, line breaks count as \\r\\n.',
  notHex: 'That is not hexadecimal: two digits for each byte, please.',
  examine: 'Examine',
  refusals: {
    'bad-request': 'The lab does not understand this page. Reload it.',
    'too-many': 'That was a lot of questions. Wait a minute.',
    'too-long': 'At most 16 KiB at a time.',
  },
  opens: 'The connection opens.',
  opensNot: 'The connection does not open.',
  nothingFound: 'Nothing to remark.',
  severities: { error: 'Error', warning: 'Warning', note: 'Note' },
  findingOf: { request: 'in the request', response: 'in the response' },
  found: 'Found:',
  expected: 'Expected:',
  restLabel: 'The beginning of a frame, not enough for its header:',
  connectionStates: {
    open: 'The connection stays open.',
    waiting: 'The receiver waits for more.',
    closed: 'The connection is over.',
  },
  outcomes: {
    text: (text: string) => `→ The message “${text}”.`,
    binary: (count: number) => `→ A binary message of ${count} bytes.`,
    ping: (count: number) => `→ A ping of ${count} bytes, answered with a pong.`,
    pong: (count: number) => `→ A pong of ${count} bytes.`,
    close: (code: number, reason: string) =>
      `→ The closing handshake: code ${code}${reason === '' ? '' : `, “${reason}”`}.`,
    fail: (code: number, why: string) => `→ The receiver fails the connection with ${code}: ${why}`,
  },
  failures: {
    PW_WS_RESERVED_BITS: 'a reserved bit is set, and no extension gives it a meaning.',
    PW_WS_RESERVED_OPCODE: 'the opcode is reserved.',
    PW_WS_UNMASKED_FRAME: 'a client must mask every frame.',
    PW_WS_MASKED_FRAME: 'a server must not mask.',
    PW_WS_NON_MINIMAL_LENGTH: 'the length must be written in the fewest bytes.',
    PW_WS_LENGTH_TOP_BIT: 'the first bit of a 64-bit length must be 0.',
    PW_WS_CONTROL_FRAGMENTED: 'a control frame must not be fragmented.',
    PW_WS_CONTROL_TOO_LONG: 'a control frame carries at most 125 bytes.',
    PW_WS_ORPHAN_CONTINUATION: 'there is no message to continue.',
    PW_WS_INTERRUPTED_MESSAGE: 'the message before is not finished.',
    PW_WS_INVALID_UTF8: 'the text is not valid UTF-8.',
    PW_WS_MESSAGE_TOO_BIG: 'the message is longer than the receiver accepts.',
    PW_WS_CLOSE_BODY_TOO_SHORT: 'the payload of a Close frame has at least two bytes, or none.',
    PW_WS_INVALID_CLOSE_CODE: 'this code must not appear in a Close frame.',
    PW_WS_INVALID_CLOSE_REASON: 'the reason is not valid UTF-8.',
  } as Readonly<Record<string, string>>,

  // Part 3: the transports
  compareHeading: 'Four ways to carry a message',
  compareLead:
    'The same messages, at the same time, over WebSocket, streaming, long polling and polling. The server sends each one back. Try it with none at all, too.',
  rateLabel: 'Messages',
  rate: (perSecond: number) => (perSecond === 0 ? 'none: idle' : `${perSecond} a second`),
  sizeLabel: 'Size of a message',
  start: 'Start',
  stop: 'Stop',
  progress: (seconds: number) => `${seconds} of 30 seconds`,
  tableLabel: 'What each transport costs',
  columns: [
    'Transport',
    'Messages back',
    'Bytes',
    'Bytes per message',
    'Requests',
    'Delay (median)',
  ],
  transportNames: {
    websocket: 'WebSocket',
    streaming: 'Streaming',
    'long-polling': 'Long polling',
    polling: 'Polling',
  },
  plots: { bytes: 'Bytes on the wire', requests: 'Requests', delaysMs: 'Delay, there and back' },
  plotLabel: (what: string) =>
    `${what} over time, a curve for each transport. The table has the numbers.`,
  counted:
    'Counted at the server, by its sockets: what went over TCP in both directions, HTTP headers and WebSocket frames included, the opening of each channel too; TCP and IP headers and TLS are not. The delay is measured by this page. Polling’s curve depends on how it rests: ours asks again at once after it has sent or received something, and less and less often in silence, every 5 seconds in the end. So the more is said, the more it asks, and the sooner it hears; a polling that always rests as long would draw another curve. All four share this browser’s connections to the server, of which there are six at most; behind a proxy the server counts what the proxy sends it.',

  // Part 4: the keyboard at hand
  keyboardHeading: 'What your keyboard does',
  keyboardLead:
    'No two keyboards tell a page the same about a word: some compose it, some replace it, some say it twice. Type here, and what yours does is taken down, event by event. Our tests replay such traces: one that is not among them yet is welcome.',
  keyboardName: 'Keyboard',
  keyboardNameHint: 'such as Gboard, English',
  keyboardPlatform: 'Browser and system',
  keyboardPlatformHint: 'such as Chrome on Android',
  keyboardField: 'Type here, with pauses between the steps',
  keyboardPrivacy:
    'Nothing of this is sent anywhere. What you type is in the trace, word for word, so type nothing that matters.',
  traceLabel: 'The trace',
  traceCopy: 'Copy the trace',
  traceAnew: 'Start anew',
};

export type LabMessages = typeof labEnglish;
