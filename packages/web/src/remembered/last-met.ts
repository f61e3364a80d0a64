const DAY_MS = 86_400_000;

/** "today, 14:03", "yesterday", "12 days ago": by the days of this device's calendar. */
export function formatLastMet(locale: string, atMs: number, nowMs: number): string {
  const days = Math.max(0, Math.round((startOfDay(nowMs) - startOfDay(atMs)) / DAY_MS));
  const day = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day');
  if (days > 0) return day;
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(atMs);
  return `${day} ${time}`;
}

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}
