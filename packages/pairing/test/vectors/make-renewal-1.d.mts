import type vectors from './renewal-1.json' with { type: 'json' };
export function makeRenewal(): Promise<typeof vectors>;
