/** `GET /v1/models`: what can be asked for here, in the form of whoever asks. */

import type { JsonObject } from "../../contract/index.ts";
import type { Engine } from "../../client/engine.ts";
import { loomError } from "../../errors/index.ts";
import { nearest } from "../../util/nearest.ts";
import { allows } from "../keys/models.ts";
import type { ModelOptions, Principal } from "../options.ts";
import type { ModelNames } from "./names.ts";

interface Listed {
  readonly id: string;
  readonly provider: string;
}

/** Nobody says when a model was made; one date for all keeps lists equal from day to day. */
const createdAtS = 1_704_067_200;

export interface ModelList {
  list(principal: Principal, anthropic: boolean): Promise<string>;
  /** @throws LoomError `model-not-found` */
  one(id: string, principal: Principal, anthropic: boolean): Promise<string>;
}

export function createModelList(engine: Engine, names: ModelNames, options: ModelOptions = {}): ModelList {
  /** The configured names; without any, all that the catalog has of providers whose key is there. */
  async function all(): Promise<readonly Listed[]> {
    const found = new Map<string, Listed>();
    for (const { name, provider } of names.named) found.set(name, { id: name, provider });
    const open = options.providers?.filter(({ models }) => models === undefined).map(({ name }) => name);
    for (const id of open ?? await withKeys(engine)) {
      const { vendor } = await engine.opened.providers.get(id);
      for (const model of await engine.opened.catalog.models({ provider: vendor })) {
        if (!found.has(model.id)) found.set(model.id, { id: model.id, provider: id });
      }
    }
    return [...found.values()].sort((a, b) => a.id < b.id ? -1 : 1);
  }

  async function allowed(principal: Principal): Promise<readonly Listed[]> {
    return (await all()).filter(({ id, provider }) => allows(principal, id, `${provider}/${id}`));
  }

  return {
    async list(principal, anthropic) {
      const models = await allowed(principal);
      if (!anthropic) return JSON.stringify({ object: "list", data: models.map(openaiModel) });
      return JSON.stringify({
        data: models.map(anthropicModel),
        has_more: false,
        first_id: models[0]?.id ?? null,
        last_id: models.at(-1)?.id ?? null,
      });
    },
    async one(id, principal, anthropic) {
      const models = await allowed(principal);
      const found = models.find((model) => model.id === id || `${model.provider}/${model.id}` === id);
      if (found !== undefined) return JSON.stringify(anthropic ? anthropicModel(found) : openaiModel(found));
      const suggestions = nearest(id, models.map((model) => model.id));
      const help = suggestions.length > 0 ? `; did you mean ${suggestions.join(", ")}?` : "";
      throw loomError("model-not-found", `there is no model "${id.slice(0, 200)}"${help}`, { suggestions });
    },
  };
}

async function withKeys({ opened: { providers } }: Engine): Promise<readonly string[]> {
  const ready: string[] = [];
  for (const id of providers.ids()) {
    try {
      const { names, origin } = await providers.keyOrigin(id);
      if (id === "sandbox" || names.length > 0 && origin !== "missing") ready.push(id);
    } catch {
      // A provider that is not set up here has no models here; `loom doctor` says why.
    }
  }
  return ready;
}

function openaiModel({ id, provider }: Listed): JsonObject {
  return { id, object: "model", created: createdAtS, owned_by: provider };
}

function anthropicModel({ id }: Listed): JsonObject {
  return { type: "model", id, display_name: id, created_at: new Date(createdAtS * 1000).toISOString() };
}
