/**
 * What a server, or all clients of this process, have done since they were made. Names are stable:
 * docs/reference/diagnostics.md explains each, and a test compares the two.
 */
export class Counters {
  /** Opening handshakes that succeeded. */
  connectionsOpened = 0;
  /** Connections whose TCP is closed. */
  connectionsClosed = 0;
  /** Of these, the ones that did not end with a Close frame each way. */
  connectionsFailed = 0;
  /** Opening handshakes refused by this server. */
  openingsRefused = 0;
  /** Of these, because `maxOpeningsPerSecond` was reached. */
  openingsThrottled = 0;
  messagesReceived = 0;
  messagesSent = 0;
  /** Of the frames, headers included, without HTTP and TLS. */
  bytesReceived = 0;
  bytesSent = 0;
  /** Messages given up by `overflow`. */
  messagesDropped = 0;
  /** Connections closed because more than `maxBufferedBytes` waited. */
  slowConsumers = 0;
  /** Connections closed because `memoryBudgetBytes` was passed. */
  memorySheds = 0;
  /** Connections without takeover, and messages not inflated as they came: `maxMemoryBytes`. */
  compressionShortages = 0;
  /** Errors thrown by the application's functions. */
  applicationFailures = 0;
  /** Strictness ledger: connections failed because a length was not minimal (§5.2). */
  refusedNonMinimalLengths = 0;
  /** Strictness ledger: frames whose length was not minimal, let pass (§5.2). */
  lenientNonMinimalLengths = 0;
  /** Strictness ledger: clients that sent frames before they had our answer (§4.1). */
  lenientEarlyFrames = 0;
}

/** Of all clients, `WebSocket` and `connectWebSocket`. */
export const clientCounters = new Counters();
