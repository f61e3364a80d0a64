import type { ConnectedState } from '@pairwire/pairing';

/** Lets the browser ask before the page is closed while messages have not reached the other side. */
export function warnBeforeLosing(state: () => { phase: string } | ConnectedState): void {
  window.addEventListener('beforeunload', (event) => {
    const now = state();
    if ('unsent' in now && now.unsent > 0) event.preventDefault();
  });
}
