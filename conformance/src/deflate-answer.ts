/** What the kit answers to a client's offer of permessage-deflate (RFC 7692 §7.1). */

/** The case's parameters, as a server may answer them to this offer (§7.1.2.2). */
export function answerTo(offered: string, wanted: string): string {
  if (!offered.includes('permessage-deflate')) return '';
  const mayLimitClient = offered.includes('client_max_window_bits');
  const parts = wanted
    .split('; ')
    .filter((part) => mayLimitClient || !part.startsWith('client_max_window_bits'))
    .map((part) => (part === 'client_max_window_bits' ? `${part}=12` : part));
  // §7.1.1.1: whoever accepts an offer that demands this must say so.
  const demanded = 'server_no_context_takeover';
  if (offered.includes(demanded) && !parts.includes(demanded)) parts.push(demanded);
  return parts.join('; ');
}

/** One more bit than the client has offered, or 16. */
export function aboveClientWindow(offered: string): string {
  return String(Number(/client_max_window_bits="?(\d+)/.exec(offered)?.[1] ?? 15) + 1);
}
