/** `api/overview`: the figures at the top, what they were in the time before, and their course. */

import type { CallFilter, TimeSpan } from "../../contract/index.ts";
import type { DashboardSource } from "../source.ts";
import { turn } from "../turn.ts";
import { shownTotals } from "./shown.ts";

const dayMs = 86_400_000;

/** Cost and savings are always those of 24 hours beside; they are what people budget by. */
export async function overview(
  source: DashboardSource,
  span: TimeSpan,
  stepMs: number,
  filter: CallFilter,
): Promise<object> {
  const history = await source.history();
  const { fromMs, toMs } = span;
  const day = { fromMs: toMs - dayMs, toMs };
  const totals = await history.totals(span, filter);
  await turn();
  const before = await history.totals({ fromMs: fromMs - (toMs - fromMs), toMs: fromMs }, filter);
  await turn();
  const lastDay = await history.totals(day, filter);
  await turn();
  const dayBefore = await history.totals({ fromMs: day.fromMs - dayMs, toMs: day.fromMs }, filter);
  await turn();
  const series = await history.series(span, stepMs, filter);
  const dropped = (await source.engine())?.opened.sinks.dropped().filter((one) => one.dropped > 0) ?? [];
  return {
    ...span,
    stepMs,
    /** Records that sinks let go of, so that somewhere calls are missing. */
    dropped,
    totals: shownTotals(totals),
    before: shownTotals(before),
    lastDay: shownTotals(lastDay),
    dayBefore: shownTotals(dayBefore),
    series: series.map(({ atMs, ...sums }) => ({ atMs, ...shownTotals(sums) })),
  };
}
