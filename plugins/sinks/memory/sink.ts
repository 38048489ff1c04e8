/** Keeps the last calls in a ring, and reckons every answer from them anew. */

import {
  addCall,
  boundedLimit,
  type CallFilter,
  type CallHistory,
  type CallRecord,
  type CallRow,
  type CallSums,
  dearestFirst,
  dimensionValues,
  type Logger,
  loomError,
  noCalls,
  passesFilter,
  seriesProblem,
  type Sink,
  spanProblem,
  type TimeSpan,
  totalsOf,
} from "../../../src/plugin.ts";

/** A record and its number; later ones have higher numbers. */
interface Kept {
  readonly id: number;
  readonly record: CallRecord;
}

export function memorySink(maxCalls: number, logger: Pick<Logger, "warn">): Sink {
  const ring: Kept[] = [];
  const listeners = new Set<(record: CallRecord) => void>();
  let written = 0;
  let closed = false;

  const within = ({ fromMs, toMs }: TimeSpan, filter: CallFilter): CallRecord[] =>
    ring.flatMap(({ record }) =>
      record.atMs >= fromMs && record.atMs < toMs && passesFilter(record, filter) ? [record] : []
    );

  const history: CallHistory = {
    async totals(span, filter = {}) {
      await check(spanProblem(span));
      return totalsOf(sumOf(within(span, filter)));
    },
    async series(span, stepMs, filter = {}) {
      await check(spanProblem(span) ?? seriesProblem(span, stepMs));
      const steps = Array.from({ length: Math.ceil((span.toMs - span.fromMs) / stepMs) }, noCalls);
      for (const record of within(span, filter)) {
        const sums = steps[Math.floor((record.atMs - span.fromMs) / stepMs)];
        if (sums !== undefined) addCall(sums, record);
      }
      return steps.map((sums, step) => ({ atMs: span.fromMs + step * stepMs, ...totalsOf(sums) }));
    },
    async breakdown(span, by, filter = {}, limit) {
      await check(spanProblem(span));
      const groups = new Map<string, CallSums>();
      for (const record of within(span, filter)) {
        for (const name of dimensionValues(record, by)) {
          let sums = groups.get(name);
          if (sums === undefined) groups.set(name, sums = noCalls());
          addCall(sums, record);
        }
      }
      const rows = [...groups].map(([name, sums]) => ({ name, ...totalsOf(sums) }));
      return rows.sort(dearestFirst).slice(0, boundedLimit(limit, 50));
    },
    async calls({ span, filter = {}, retried = false, next, limit }) {
      const [, atMs, id] = /^(-?\d{1,16})\.(\d{1,16})$/.exec(next ?? "") ?? [];
      await check(next !== undefined && id === undefined ? "next is not what a page gave" : undefined);
      const before = { id: Number(id ?? Infinity), record: { atMs: Number(atMs ?? Infinity) } };
      const found = ring.filter((kept) =>
        newestFirst(before, kept) < 0 && (!retried || kept.record.attempts > 1) &&
        (span === undefined || kept.record.atMs >= span.fromMs && kept.record.atMs < span.toMs) &&
        passesFilter(kept.record, filter)
      ).sort(newestFirst);
      const page = found.slice(0, boundedLimit(limit, 100));
      const last = page.at(-1);
      const calls = page.map(({ record }) => rowOf(record));
      if (last === undefined || page.length === found.length) return { calls };
      return { calls, next: `${last.record.atMs}.${last.id}` };
    },
    call: (callId) => Promise.resolve(ring.findLast(({ record }) => record.callId === callId)?.record),
    follow(listener) {
      // The same function may follow twice.
      const own = (record: CallRecord) => listener(record);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };

  return {
    write(record) {
      if (closed) return;
      ring.push({ id: ++written, record });
      // Half as many again at most: one by one would move all of them each time.
      if (ring.length >= maxCalls * 1.5) ring.splice(0, ring.length - maxCalls);
      for (const listener of listeners) tell(listener, record);
    },
    history,
    close() {
      closed = true;
      listeners.clear();
    },
  };

  function tell(listener: (record: CallRecord) => void, record: CallRecord): void {
    try {
      listener(record);
    } catch (error) {
      logger.warn(`a follower of the sink memory failed: ${String(error)}`);
    }
  }
}

function sumOf(records: readonly CallRecord[]): CallSums {
  const sums = noCalls();
  for (const record of records) addCall(sums, record);
  return sums;
}

type Place = { readonly id: number; readonly record: { readonly atMs: number } };

function newestFirst(a: Place, b: Place): number {
  return b.record.atMs - a.record.atMs || b.id - a.id;
}

function rowOf(record: CallRecord): CallRow {
  const { receipt: _receipt, content: _content, ...row } = record;
  return row;
}

/** Rejects rather than throws. */
function check(problem: string | undefined): Promise<void> {
  return problem === undefined
    ? Promise.resolve()
    : Promise.reject(loomError("invalid-request", problem, {}));
}
