/** Names of files that were put aside: in the order of their names they are in the order of time. */

import { basename, extname } from "node:path";

/** `calls.jsonl` -> `calls.2026-11-21T20-31-05-123Z-1f3a.jsonl`, beside it. */
export function asideName(path: string, nowMs: number): string {
  const end = extname(path);
  const time = new Date(nowMs).toISOString().replace(/[:.]/g, "-");
  // Two processes may rotate in the same millisecond.
  const unique = crypto.randomUUID().slice(0, 4);
  return `${path.slice(0, path.length - end.length)}.${time}-${unique}${end}`;
}

/** Whether a file's name is one of those. */
export function isAside(path: string, name: string): boolean {
  const end = extname(path);
  const start = `${basename(path, end)}.`;
  const plain = name.endsWith(".gz") ? name.slice(0, -3) : name;
  if (!plain.startsWith(start) || !plain.endsWith(end)) return false;
  return /^\d{4}-\d\d-\d\dT[\d-]+Z-[0-9a-f]{4}$/.test(plain.slice(start.length, plain.length - end.length));
}
