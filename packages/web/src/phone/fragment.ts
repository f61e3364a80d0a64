/**
 * Takes the fragment out of the address bar: from then on the secret in it is neither in the
 * history nor in what is shared or photographed.
 *
 * @returns what stood after the `#`; empty when there was nothing
 */
export function takeFragment(): string {
  const fragment = location.hash.slice(1);
  if (location.href.includes('#')) {
    history.replaceState(null, '', location.pathname + location.search);
  }
  return fragment;
}
