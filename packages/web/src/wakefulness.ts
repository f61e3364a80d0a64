/** What a page can do when its device wakes up, or its person looks away. */
export interface Sleeper {
  wake(): void;
  setVisible(visible: boolean): void;
}

const TICK_MS = 5000;
/** A tick that comes so late has been slept through. */
const LATE_MS = 10_000;

/**
 * Tells when the device may have slept or changed its network, on every sign that browsers give,
 * and when the page is hidden or shown.
 */
export function watchWakefulness(current: () => Sleeper | undefined): void {
  const wake = () => current()?.wake();
  document.addEventListener('visibilitychange', () => {
    const visible = document.visibilityState === 'visible';
    current()?.setVisible(visible);
    if (visible) wake();
  });
  // Back from the back-forward cache, thawed by the browser, in another network.
  window.addEventListener('pageshow', ({ persisted }) => persisted && wake());
  document.addEventListener('resume', wake);
  window.addEventListener('online', wake);
  // Some systems say nothing at all; then the clock has jumped.
  let tickedAtMs = Date.now();
  window.setInterval(() => {
    const nowMs = Date.now();
    const late = Math.abs(nowMs - tickedAtMs - TICK_MS) > LATE_MS;
    tickedAtMs = nowMs;
    if (late) wake();
  }, TICK_MS);
}
