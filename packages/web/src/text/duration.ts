import type { Messages } from './messages.en.ts';

/** Time left as minutes and seconds, rounded up so that 0:00 means over. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** How long ago something was, in whole seconds, from two minutes on in whole minutes. */
export function formatAge(texts: Messages, ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 120 ? texts.ageSeconds(seconds) : texts.ageMinutes(Math.floor(seconds / 60));
}
