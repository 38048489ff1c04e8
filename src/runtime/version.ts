/** The version of this package, from its package.json. */

import { readFileSync } from "node:fs";

/** Looks upwards, because the built file lies one folder deeper than the source. */
export function version(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), "utf8");
      const { name, version } = JSON.parse(text) as { name?: string; version?: string };
      if (name === "loom-router" && version !== undefined) return version;
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
    }
  }
  return "unknown";
}
