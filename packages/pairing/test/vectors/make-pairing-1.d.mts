/** The vectors of pairing-1.json, computed anew. */
export function makeVectors(): Promise<{ remember: string } & Record<string, unknown>>;
