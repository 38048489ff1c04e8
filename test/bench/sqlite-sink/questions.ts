/** Every question that a dashboard asks, over the last day and over everything. */

import type { CallFilter, CallHistory, TimeSpan } from "../../../src/plugin.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export type Question = readonly [name: string, ask: (history: CallHistory) => Promise<unknown>];

/** Spans end at odd moments, so that calls have to be read at their ends. */
export function* questions(nowMs: number, days: number): Iterable<Question> {
  const month: TimeSpan = { fromMs: nowMs - days * dayMs + 1_234_567, toMs: nowMs - 54_321 };
  const day: TimeSpan = { fromMs: nowMs - dayMs - 54_321, toMs: nowMs - 54_321 };
  const hour: TimeSpan = { fromMs: nowMs - hourMs - 54_321, toMs: nowMs - 54_321 };
  const filters: readonly (readonly [string, CallFilter])[] = [
    ["", {}],
    [" of a model", { model: ["model-3"] }],
    [" of a team", { team: ["team-0"] }],
    [" of a user", { user: ["user-3"] }],
    [" failed of a vendor", { provider: ["vendor-1"], status: ["failed"] }],
    [" ok and missed", { status: ["ok"], cache: ["miss"] }],
    [" ok of a team", { team: ["team-0"], status: ["ok"] }],
    [" of a key and a model", { key: ["key-0"], model: ["model-0"] }],
    [" failed of a user", { user: ["user-0"], status: ["failed"] }],
    [" of a tag", { tag: ["tag-5"] }],
  ];
  for (const [name, filter] of filters) {
    yield [`totals month${name}`, (history) => history.totals(month, filter)];
  }
  for (const [name, filter] of filters.slice(0, 4)) {
    yield [`totals day${name}`, (history) => history.totals(day, filter)];
  }
  const hours = { fromMs: Math.floor(month.fromMs / hourMs) * hourMs, toMs: nowMs };
  for (const [name, filter] of filters.slice(0, 8)) {
    yield [`series month by hours${name}`, (history) => history.series(hours, hourMs, filter)];
  }
  yield [
    "series month by days",
    (history) => history.series({ fromMs: nowMs - days * dayMs, toMs: nowMs }, dayMs),
  ];
  const quarters = { fromMs: nowMs - dayMs, toMs: nowMs };
  for (const [name, filter] of filters.slice(0, 5)) {
    yield [`series day by 15 minutes${name}`, (history) => history.series(quarters, 900_000, filter)];
  }
  yield ["series hour by minutes", (history) => history.series(hour, 60_000)];
  yield ["series hour by 10 s", (history) => history.series(hour, 10_000)];
  for (
    const by of ["provider", "model", "account", "team", "user", "key", "tag", "error", "cache"] as const
  ) {
    yield [`breakdown month by ${by}`, (history) => history.breakdown(month, by)];
  }
  for (const by of ["model", "key", "user"] as const) {
    yield [`breakdown day by ${by}`, (history) => history.breakdown(day, by)];
  }
  yield [
    "breakdown month by model of a team",
    (history) => history.breakdown(month, "model", { team: ["team-0"] }),
  ];
  yield [
    "breakdown month by key of a model",
    (history) => history.breakdown(month, "key", { model: ["model-3"] }),
  ];
  yield [
    "breakdown month by key of a team",
    (history) => history.breakdown(month, "key", { team: ["team-0"] }),
  ];
  yield [
    "breakdown day by user of a team",
    (history) => history.breakdown(day, "user", { team: ["team-0"] }),
  ];
  yield* pages(nowMs, month, filters);
}

function* pages(
  nowMs: number,
  month: TimeSpan,
  filters: readonly (readonly [string, CallFilter])[],
): Iterable<Question> {
  for (const [name, filter] of filters) yield [`calls${name}`, (history) => history.calls({ filter })];
  yield ["calls within a month", (history) => history.calls({ span: month })];
  yield ["calls of long ago", (history) => history.calls({ span: { ...month, toMs: nowMs - 20 * dayMs } })];
  yield ["calls retried", (history) => history.calls({ retried: true })];
  const rare: CallFilter = {
    model: ["model-29"],
    team: ["team-9"],
    status: ["failed"],
    error: ["timed-out"],
  };
  yield ["calls, rare", (history) => history.calls({ filter: rare })];
  const none: CallFilter = { provider: ["vendor-0"], model: ["model-1"] };
  yield ["calls, none of two that there are", (history) => history.calls({ filter: none })];
  yield [
    "calls retried of a user with a hit",
    (history) => history.calls({ retried: true, filter: { user: ["user-0"], cache: ["hit"] } }),
  ];
  yield ["call", (history) => history.call("call_1a2b3c4d0000ffff")];
}
