const UNIT_SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Reads a duration such as `90s`, `15m`, `24h`, `7d` or `1h30m` as whole seconds.
 *
 * @returns undefined if `text` is none.
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[smhd])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)) {
    seconds += Number(count) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

/** `24 h`, `90 s`, `1 h 30 min`: for people. */
export function formatDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const parts = [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`, rest > 0 && `${rest} s`];
  return parts.filter((part) => part !== false).join(' ') || '0 s';
}
