/** What the relay asks of a log; a pino logger fits. */
export interface RelayLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Says nothing. */
export const SILENT_LOG: RelayLog = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
