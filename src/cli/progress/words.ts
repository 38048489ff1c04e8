/** Figures as people read them. */

/** `0:01:12`, hours first. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => `${value % 60}`.padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60))}:${two(seconds)}`;
}

/** `$0.0123`; four digits behind the point, since a row costs less than a cent. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(4)}`;
}

/** `85.2`, `1,204`. */
export function rate(perSecond: number): string {
  return perSecond < 999.95 ? perSecond.toFixed(1) : count(perSecond);
}

/** `36,210`. */
export function count(value: number): string {
  return `${Math.round(value)}`.replace(/\B(?=(?:\d{3})+$)/g, ",");
}
