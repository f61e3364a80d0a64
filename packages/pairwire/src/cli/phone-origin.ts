/** Which address of a relay the code of a terminal page should lead to. */
import { isLoopbackHost } from './addresses.ts';
import { parseHttpOrigin } from './option-values.ts';

const TIMEOUT_MS = 2_000;
const MAX_CONFIG_BYTES = 65_536;

/**
 * Asks the relay's `/config.json`, which a relay alone does not have: what its operator said, or,
 * for a relay on this very computer, its most likely address for phones.
 *
 * @returns undefined when there is no better address than the relay's own
 */
export async function fetchPhoneOrigin(relay: string): Promise<string | undefined> {
  const config = await fetchConfig(relay);
  const publicUrl = toOrigin(config?.publicUrl);
  if (publicUrl !== undefined || !isLoopbackHost(new URL(relay).hostname)) return publicUrl;
  const addresses: unknown[] = Array.isArray(config?.addresses) ? config.addresses : [];
  const [first] = addresses as ({ url?: unknown } | null)[];
  return toOrigin(first?.url);
}

interface UncheckedConfig {
  publicUrl?: unknown;
  addresses?: unknown;
}

async function fetchConfig(relay: string): Promise<UncheckedConfig | undefined> {
  try {
    const response = await fetch(`${relay}/config.json`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
    const text = response.ok ? await readText(response) : 'null';
    return (JSON.parse(text) as UncheckedConfig | null) ?? undefined;
  } catch {
    // No relay, or none of ours: the session that follows says so.
    return undefined;
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAX_CONFIG_BYTES) throw new RangeError('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toOrigin(value: unknown): string | undefined {
  try {
    return typeof value === 'string' ? parseHttpOrigin(value) : undefined;
  } catch {
    return undefined;
  }
}
