/** What lies under `api/`. */

import { loomError } from "../../errors/index.ts";
import type { LiveHub } from "../live/hub.ts";
import type { DashboardOptions } from "../options.ts";
import { eventStream } from "../responses.ts";
import type { DashboardSource } from "../source.ts";
import { callPage } from "./call-page.ts";
import { facts } from "./facts.ts";
import { overview } from "./overview.ts";
import {
  dimensions,
  number,
  readDimension,
  readFilter,
  readSpan,
  readStep,
  refuseOthers,
} from "./parameters.ts";
import { providerHealth } from "./provider-health.ts";
import { recentMoves } from "./recent-moves.ts";
import { shownTotals } from "./shown.ts";
import { readModality, readModels, repricedTraffic } from "./what-if.ts";

/** Gives what is sent as JSON, or an answer of its own. */
export type ApiRoute = (query: URLSearchParams) => Promise<object> | object;

const time = ["from", "to"];

/** Gives a function that finds the route of a path below `api/`. */
export function apiRoutes(
  source: DashboardSource,
  hub: LiveHub,
  options: DashboardOptions,
): (path: string) => ApiRoute | undefined {
  const { clock } = source;
  const routes: Readonly<Record<string, { readonly takes: readonly string[]; readonly answer: ApiRoute }>> = {
    facts: { takes: [], answer: () => facts(source, options) },
    overview: {
      takes: [...time, "step", ...dimensions],
      answer(query) {
        const span = readSpan(query, clock.now());
        return overview(source, span, readStep(query, span), readFilter(query));
      },
    },
    series: {
      takes: [...time, "step", ...dimensions],
      async answer(query) {
        const span = readSpan(query, clock.now());
        const stepMs = readStep(query, span);
        const entries = await (await source.history()).series(span, stepMs, readFilter(query));
        return {
          ...span,
          stepMs,
          series: entries.map(({ atMs, ...sums }) => ({ atMs, ...shownTotals(sums) })),
        };
      },
    },
    breakdown: {
      takes: [...time, "by", "limit", ...dimensions],
      async answer(query) {
        const span = readSpan(query, clock.now());
        const by = readDimension(query, "by");
        const limit = number(query, "limit", 1, 500) ?? 50;
        const entries = await (await source.history()).breakdown(span, by, readFilter(query), limit);
        return { ...span, by, entries: entries.map(({ name, ...sums }) => ({ name, ...shownTotals(sums) })) };
      },
    },
    calls: {
      takes: [...time, "retried", "next", "limit", "id", ...dimensions],
      answer: (query) => callPage(source, query),
    },
    moves: {
      takes: [...time, "limit"],
      async answer(query) {
        const span = readSpan(query, clock.now());
        return { ...span, moves: await recentMoves(source, span, number(query, "limit", 1, 50) ?? 12) };
      },
    },
    providers: { takes: [], answer: () => providerHealth(source) },
    live: {
      takes: dimensions,
      answer: (query) => eventStream(hub.listen(readFilter(query))),
    },
    whatif: {
      takes: [...time, "model", "modality"],
      answer(query) {
        const span = readSpan(query, clock.now());
        return repricedTraffic(source, span, readModels(query), readModality(query));
      },
    },
  };

  return (path) => {
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route !== undefined) {
      return (query) => {
        refuseOthers(query, route.takes);
        return route.answer(query);
      };
    }
    const id = /^calls\/([^/]+)$/.exec(path)?.[1];
    if (id === undefined) return undefined;
    return (query) => {
      refuseOthers(query, []);
      return oneCall(source, id);
    };
  };
}

async function oneCall(source: DashboardSource, written: string): Promise<object> {
  const id = decoded(written);
  const record = await (await source.history()).call(id);
  if (record !== undefined) return record;
  throw loomError("invalid-request", `there is no call ${id.slice(0, 200)}`, { path: "id" }, { status: 404 });
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
