/**
 * Tells what stood after the `#`, now and whenever another link to this page is followed in the
 * same tab, and takes it out of the address bar: the secret in it is then neither in the history
 * nor in what is shared or photographed.
 */
export function followFragment(onFragment: (fragment: string) => void): void {
  onFragment(takeFragment());
  window.addEventListener('hashchange', () => {
    const fragment = takeFragment();
    if (fragment !== '') onFragment(fragment);
  });
}

function takeFragment(): string {
  const fragment = location.hash.slice(1);
  if (location.href.includes('#')) {
    history.replaceState(null, '', location.pathname + location.search);
  }
  return fragment;
}
