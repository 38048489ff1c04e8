/** What a router adds to a request: its candidates, and those that the catalog calls equivalent. */

import type { Candidate, Modality } from "../contract/call.ts";
import type { Engine } from "./engine.ts";
import type { Routing } from "./request.ts";
import type { Router } from "./router.ts";

export async function routingOf(
  engine: Engine,
  router: Router,
  modality: Modality = "text",
): Promise<Routing> {
  const accept = router.validator === undefined ? {} : { accept: router.validator };
  if (!router.withEquivalents) return { candidates: router.candidates, ...accept };
  const [first] = router.candidates;
  const { findTarget, catalog } = engine.opened;
  const target = await findTarget(first, { modality, params: {} });
  const others: readonly Candidate[] = catalog.equivalentsOf(target.provider, target.model)
    .map((model) => ({ model }));
  return { candidates: [first, ...others], ...accept };
}
