/** What a page has and Node has not. */
interface PageEvents {
  addEventListener?(type: 'pagehide', run: () => void): void;
  removeEventListener?(type: 'pagehide', run: () => void): void;
}

/**
 * Calls back when the page is left, or put aside where it can do nothing more. Nowhere else.
 *
 * @returns stops watching
 */
export function watchPageHide(run: () => void): () => void {
  const page = globalThis as PageEvents;
  page.addEventListener?.('pagehide', run);
  return () => page.removeEventListener?.('pagehide', run);
}
