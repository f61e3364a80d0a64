/** Codes with which the lab closes; docs/reference/close-codes.md lists them. */
export const LabCloseCode = {
  /** The session that a channel belongs to is over. */
  sessionOver: 4200,
  /** More channels, or more packets, than the lab allows. */
  tooMuch: 4201,
  /** A session's time is over. */
  expired: 4202,
} as const;

/** What one person may ask of the lab, and what all of them together. */
export const LAB_LIMITS = Object.freeze({
  /** Sessions open at a time. */
  maxSessions: 256,
  /** The same for one client: a class may sit behind one address. */
  maxSessionsPerClient: 32,
  sessionsPerMinuteAndClient: 60,
  examinationsPerMinuteAndClient: 120,
  /** After this a session ends, whatever goes on in it. */
  sessionLifeMs: 15 * 60_000,
  /** Connections to `/chat` that a session watches at a time; further ones are served unwatched. */
  maxTaps: 4,
  /** Events told of one watched connection; afterwards it goes on unwatched. */
  maxEventsPerTap: 500,
  /** Header and payload bytes of one frame that are told; of a longer one, its beginning. */
  maxShownPayloadBytes: 512,
  /** A request to the lab, as JSON: what is examined comes in hexadecimal. */
  maxRequestBytes: 64 * 1024,
  /** Bytes examined at a time. */
  maxExaminedBytes: 16 * 1024,
  /** Channels of the comparison that a session has at a time: one for each transport, and room. */
  maxChannels: 8,
  maxPacketBytes: 4_096,
  packetsPerSecond: 400,
  /** Between two reports of what went over the wire. */
  meterIntervalMs: 250,
});
