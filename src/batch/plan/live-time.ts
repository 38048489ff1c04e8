/** How long rows take that so many workers ask. */

export function liveMs(rows: number, rowMs: number, workers: number): number {
  return Math.ceil(rows / workers) * rowMs;
}
