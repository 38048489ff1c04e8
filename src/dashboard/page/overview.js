/** The figures at the top, with how they changed against the time before, and the charts below them. */

import { chart } from "./charts.js";
import { byId, fill, h } from "./dom.js";
import { count, decimal, local, ms, percent, usd } from "./format.js";

/** @returns {{ show(answer: any): void, redraw(): void }} */
export function startOverview() {
  const charts = [
    chart(byId("chart-requests"), {
      title: "Requests over time",
      axis: count,
      series: [
        { label: "Requests", colour: "--accent", area: true, of: ({ requests }) => requests, shown: count },
        { label: "From the cache", colour: "--good", of: ({ cacheHits }) => cacheHits, shown: count },
        { label: "Failed", colour: "--bad", area: true, of: ({ failed }) => failed, shown: count },
      ],
    }),
    chart(byId("chart-latency"), {
      title: "Latency",
      axis: ms,
      series: [
        { label: "p95", colour: "--warn", of: ({ latency }) => known(latency, "p95Ms"), shown: ms },
        { label: "p50", colour: "--accent", of: ({ latency }) => known(latency, "p50Ms"), shown: ms },
        {
          label: "First token p50",
          colour: "--good",
          dash: [5, 4],
          of: ({ firstPart }) => known(firstPart, "p50Ms"),
          shown: ms,
        },
      ],
    }),
    chart(byId("chart-cost"), {
      title: "Cost",
      axis: usd,
      series: [
        { label: "Cost", colour: "--cost", area: true, of: ({ costUsd }) => costUsd, shown: usd },
        { label: "Saved", colour: "--good", of: ({ savedUsd }) => savedUsd, shown: usd },
      ],
    }),
  ];
  return {
    show(answer) {
      fill(byId("tiles"), tilesOf(answer));
      const steps = finished(answer.series);
      for (const one of charts) one.show(steps, answer.stepMs);
    },
    redraw() {
      for (const one of charts) one.redraw();
    },
  };
}

/** Without the step that is under way, which would look like a fall; unless nothing was before it. */
function finished(series) {
  const done = series.slice(0, -1);
  return done.some(({ requests }) => requests > 0) ? done : series;
}

const known = (percentiles, which) => percentiles.count === 0 ? null : percentiles[which];

function tilesOf({ totals, before, lastDay, dayBefore, fromMs, toMs }) {
  const minutes = (toMs - fromMs) / 60_000;
  const rate = (sums) => sums.requests / minutes;
  const share = (part, of) => of === 0 ? undefined : part / of;
  const { latency, firstPart } = totals;
  return [
    tile(
      "Requests / min",
      decimal(rate(totals)),
      change(rate(totals), rate(before)),
      `${count(totals.requests)} in all`,
    ),
    tile(
      "p95 latency",
      latency.count === 0 ? "–" : ms(latency.p95Ms),
      change(latency.p95Ms, before.latency.p95Ms, -1),
      `p50 ${latency.count === 0 ? "–" : ms(latency.p50Ms)}`,
    ),
    tile(
      "Time to first token",
      firstPart.count === 0 ? "–" : ms(firstPart.p50Ms),
      change(firstPart.p50Ms, before.firstPart.p50Ms, -1),
      `p95 ${firstPart.count === 0 ? "–" : ms(firstPart.p95Ms)}`,
    ),
    tile(
      "Cache hit rate",
      percent(totals.cacheHits, totals.cacheAsked),
      points(share(totals.cacheHits, totals.cacheAsked), share(before.cacheHits, before.cacheAsked), 1),
      `${count(totals.cacheHits)} hits`,
    ),
    tile(
      "Dedup rate",
      percent(totals.deduplicated, totals.requests),
      points(share(totals.deduplicated, totals.requests), share(before.deduplicated, before.requests), 1),
      `${count(totals.deduplicated)} joined`,
    ),
    tile(
      "Error rate",
      percent(totals.failed, totals.requests),
      points(share(totals.failed, totals.requests), share(before.failed, before.requests), -1),
      `${count(totals.failed)} failed, ${count(totals.cancelled)} cancelled`,
    ),
    tile("Cost · 24 h", usd(lastDay.costUsd), change(lastDay.costUsd, dayBefore.costUsd, 0), beside(lastDay)),
    tile(
      "Cost saved · 24 h",
      usd(lastDay.savedUsd),
      change(lastDay.savedUsd, dayBefore.savedUsd),
      local(lastDay.savedUsd),
    ),
  ];
}

function beside({ costUsd, unpriced }) {
  const words = [local(costUsd), unpriced > 0 ? `${count(unpriced)} calls of unknown price` : undefined];
  return words.filter((word) => word !== undefined).join(" · ");
}

function tile(label, value, changed, more) {
  return h(
    "div",
    { class: "tile panel" },
    h("h3", {}, label),
    h("p", { class: "value" }, value),
    h("p", { class: "beside" }, changed, changed && more ? " · " : undefined, more),
  );
}

/** @param good 1: more is better; -1: less is; 0: neither */
function change(now, then, good = 1) {
  if (!(then > 0) || !(now > 0)) return undefined;
  return told((now - then) / then * 100, "%", good);
}

function points(now, then, good) {
  return now === undefined || then === undefined ? undefined : told((now - then) * 100, "points", good);
}

function told(difference, unit, good) {
  const size = Math.abs(difference);
  if (size < 0.05) return "as before";
  // Against next to nothing every number says nothing.
  if (size > 999) return undefined;
  const text = `${difference > 0 ? "+" : "−"}${size >= 100 ? Math.round(size) : size.toFixed(1)} ${unit}`;
  const mood = good === 0 ? undefined : difference * good > 0 ? "better" : "worse";
  return h("span", { class: mood, title: "against the time before" }, text);
}
