/** What of telemetry is measured: Looms that differ in their sinks, or in how much of a call they record. */

import { join } from "node:path";
import type { LoomOptions } from "../../src/index.ts";

export interface TelemetrySubject {
  readonly name: string;
  /** @param folder for its files @param collector an address that takes whatever is sent there */
  readonly options: (folder: string, collector: string) => Omit<LoomOptions, "providers" | "apiKeys">;
}

const jsonl = (folder: string) => ({ type: "jsonl", path: join(folder, "calls.jsonl") });

/** The first is the yardstick. */
export const telemetrySubjects: readonly TelemetrySubject[] = [
  { name: "none", options: () => ({}) },
  // The share of the record itself, which every sink needs.
  { name: "a sink that does nothing", options: () => ({ sinks: [{ write() {} }] }) },
  {
    name: "log, to /dev/null",
    options: () => ({ sinks: [{ type: "log", format: "json", stream: "stderr" }] }),
  },
  { name: "jsonl", options: (folder) => ({ sinks: [jsonl(folder)] }) },
  { name: "sqlite", options: (folder) => ({ sinks: [{ type: "sqlite", path: join(folder, "loom.db") }] }) },
  { name: "memory", options: () => ({ sinks: [{ type: "memory" }] }) },
  { name: "otlp", options: (_, endpoint) => ({ sinks: [{ type: "otlp", endpoint }] }) },
  { name: "prometheus", options: () => ({ sinks: [{ type: "prometheus", port: 0 }] }) },
  { name: "webhook", options: (_, url) => ({ sinks: [{ type: "webhook", url }] }) },
  { name: "jsonl, capture: full", options: (folder) => ({ sinks: [jsonl(folder)], capture: "full" }) },
];
