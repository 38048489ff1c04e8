/** Counts what a gateway process does. Cheap to feed; everything else happens when somebody asks for the page. */

import type { CallRecord, Clock, ErrorCode } from "../../contract/index.ts";
import type { Loom } from "../../client/loom.ts";
import { systemClock } from "../../runtime/clock.ts";
import { add } from "./cell.ts";
import { contentType, merge } from "./exposition.ts";
import { families, familySnapshots } from "./families.ts";
import type { Inbound } from "./inbound.ts";
import { processFamilies, watchProcess } from "./process.ts";
import { recorder } from "./recorder.ts";
import type { MetricsSnapshot } from "./snapshot.ts";

export interface MetricsOptions {
  readonly clock?: Pick<Clock, "now">;
  /**
   * Most series of a family; what callers name beyond them is counted as `other`. A fifth of it for histograms, which are
   * many lines each. Default 1000.
   */
  readonly maxSeries?: number;
  /** Whether memory, CPU and event loop of the process are measured too. Default true. */
  readonly measureProcess?: boolean;
}

export type BreakerState = "open" | "half-open" | "closed";

export interface Metrics {
  /** Counts a finished call. */
  record(record: CallRecord, inbound: Inbound): void;
  /** Counts a request that never became a call: no key, bad JSON, no such path. */
  refused(inbound: Pick<Inbound, "format" | "status">, code: ErrorCode): void;
  /** Counts Loom's own time in a request, where it is known apart from the call's record. */
  overhead(format: string, overheadMs: number): void;
  readonly inFlight: { up(): void; down(): void };
  /** @param scope whose limit it was; `key:ab12` is counted as `key` */
  limitHit(limit: string, scope: string): void;
  guardVerdict(guard: string, action: string, side: string): void;
  retry(provider: string, model: string): void;
  failover(from: string, to: string): void;
  breaker(provider: string, model: string, state: BreakerState): void;
  /** Counts the retries, failovers, breakers and guards of a Loom; gives a function that stops it. */
  listen(loom: Pick<Loom, "on">): () => void;
  /** Counts what sinks let go of, asked whenever somebody looks; gives a function that stops it and keeps the count. */
  sinks(dropped: () => readonly { readonly name: string; readonly dropped: number }[]): () => void;
  /** Everything that was counted, as JSON. */
  snapshot(): Promise<MetricsSnapshot>;
  /** The page of this process alone; `merge` makes one of several processes. */
  render(): Promise<string>;
  readonly contentType: string;
}

const levels: Readonly<Record<BreakerState, number>> = { closed: 0, "half-open": 1, open: 2 };

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const { clock = systemClock, maxSeries = 1000, measureProcess = true } = options;
  if (measureProcess) watchProcess();
  const startedAtMs = clock.now();
  const all = families(maxSeries);
  const { record, refused, overhead, recent } = recorder(all, maxSeries, clock);
  const running = all.inFlight.cell();

  /** What was asked of sinks -> what each was counted with. */
  const sources = new Map<
    () => readonly { readonly name: string; readonly dropped: number }[],
    Map<string, number>
  >();

  function lookAtSinks(): void {
    for (const [dropped, told] of sources) {
      for (const one of dropped()) {
        add(all.sinkDropped.cell(one.name), one.dropped - (told.get(one.name) ?? 0));
        told.set(one.name, one.dropped);
      }
    }
  }

  async function snapshot(): Promise<MetricsSnapshot> {
    lookAtSinks();
    const own = familySnapshots(all);
    return {
      startedAtMs,
      recent: recent(),
      families: measureProcess ? [...own, ...await processFamilies()] : own,
    };
  }

  const metrics: Metrics = {
    contentType,
    record,
    refused,
    overhead,
    inFlight: {
      up: () => void running.value++,
      down: () => void running.value--,
    },
    limitHit: (limit, scope) => void all.limits.cell(limit, scope.split(":", 1)[0] ?? scope).value++,
    guardVerdict: (guard, action, side) => void all.guardVerdicts.cell(guard, action, side).value++,
    retry: (provider, model) => void all.retries.cell(provider, model).value++,
    failover: (from, to) => void all.failovers.cell(from, to).value++,
    breaker: (provider, model, state) => void (all.breakers.cell(provider, model).value = levels[state]),
    listen(loom) {
      const stops = [
        loom.on("retry", ({ provider, model }) => metrics.retry(provider, model)),
        loom.on("failover", ({ from, to }) => metrics.failover(from, to)),
        loom.on(
          "guard",
          ({ guard, action, side, shadow }) =>
            metrics.guardVerdict(guard, shadow && action !== "unavailable" ? "shadow" : action, side),
        ),
        loom.on("breaker-change", ({ provider, model, state }) => metrics.breaker(provider, model, state)),
      ];
      return () => stops.forEach((stop) => stop());
    },
    sinks(dropped) {
      sources.set(dropped, new Map());
      return () => {
        lookAtSinks();
        sources.delete(dropped);
      };
    },
    snapshot,
    render: async () => await merge([await snapshot()]),
  };
  return metrics;
}
