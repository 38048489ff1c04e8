/** Numbers that the file keeps about itself: how far calls are summed up, and from when on things are still there. */

import type { DatabaseSync } from "./database.ts";

/** The last id that is in the sums. */
export const summedId = "summed_id";
/** Calls from this moment on are all there. */
export const callsFrom = "calls_from_ms";

/** Sums of a cube from this moment on are all there. */
export function sumsFrom(cube: string, spanMs: number): string {
  return `${cube}/${spanMs}_from_ms`;
}

export interface Marks {
  /** 0 when it was never set. */
  get(name: string): number;
  set(name: string, value: number): void;
}

export function marksIn(database: DatabaseSync): Marks {
  const get = database.prepare("SELECT value FROM call_marks WHERE name = ?");
  const set = database.prepare("INSERT OR REPLACE INTO call_marks (name, value) VALUES (?, ?)");
  return {
    get: (name) => Number(get.get(name)?.["value"] ?? 0),
    set: (name, value) => void set.run(name, value),
  };
}
