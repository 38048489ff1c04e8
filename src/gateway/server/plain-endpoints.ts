/** The endpoints of callers that are no calls: models, token counts, health. */

import type { Engine } from "../../client/engine.ts";
import { readBody } from "../calls/request-body.ts";
import { countTokens } from "../models/count-tokens.ts";
import { createModelList } from "../models/list.ts";
import type { ModelNames } from "../models/names.ts";
import type { Route } from "../models/route.ts";
import type { ModelOptions } from "../options.ts";
import type { PlainEndpoint } from "./gateway-handler.ts";

export interface PlainServices {
  readonly engine: Engine;
  readonly names: ModelNames;
  readonly models: ModelOptions | undefined;
  readonly maxBodyBytes: number;
  readonly route: Route;
  ready(): boolean;
}

export function plainEndpoints(services: PlainServices): readonly PlainEndpoint[] {
  const { engine, names, models, maxBodyBytes, route } = services;
  const list = createModelList(engine, names, models);
  const isAnthropic = (header: string | undefined) => header !== undefined;
  const health = () =>
    services.ready()
      ? { body: '{"status":"ok"}' }
      : { status: 503, headers: { "retry-after": "1" }, body: '{"status":"stopping"}' };
  return [
    { method: "GET", path: "/health", open: true, answer: health },
    { method: "GET", path: "/health/ready", open: true, answer: health },
    { method: "GET", path: "/health/live", open: true, answer: () => ({ body: '{"status":"ok"}' }) },
    {
      method: "GET",
      path: "/v1/models",
      answer: async (exchange, principal) => ({
        body: await list.list(principal, isAnthropic(exchange.header("anthropic-version"))),
      }),
    },
    {
      method: "GET",
      path: "/v1/models/{id}",
      answer: async (exchange, principal, id) => ({
        body: await list.one(id, principal, isAnthropic(exchange.header("anthropic-version"))),
      }),
    },
    {
      method: "POST",
      path: "/v1/messages/count_tokens",
      async answer(exchange, principal) {
        const { readCountTokens, writeCountTokens } = await import(
          "../formats/anthropic-messages/count-tokens.ts"
        );
        const { fields } = await readBody(exchange, maxBodyBytes);
        const asked = readCountTokens(fields);
        const candidates = await route(asked, principal, exchange);
        return { body: JSON.stringify(writeCountTokens(await countTokens(engine, asked, candidates))) };
      },
    },
  ];
}
