/** Keeps the beginning of conversations at Google: `cachedContents`. */

import {
  asCount,
  asFields,
  asText,
  type Body,
  type Codec,
  type Manifest,
  type WireRequest,
} from "../../../src/plugin.ts";
import { bodyWriter } from "./encode.ts";
import { type Flavour, resourceName } from "./flavour.ts";
import type { Reading } from "./reading.ts";

export function contextCaches(
  manifest: Manifest,
  flavour: Flavour,
  how: Reading,
): NonNullable<Codec["contextCaches"]> {
  const makeBody = bodyWriter(manifest, flavour);
  return {
    create: (ctx, { ttlSeconds, displayName }) => {
      const { contents, systemInstruction, tools, toolConfig } = makeBody(ctx, []);
      const body: Body = { model: resourceName(ctx.target.upstreamModel, flavour) };
      if (Array.isArray(contents) && contents.length > 0) body["contents"] = contents;
      if (systemInstruction !== undefined) body["systemInstruction"] = systemInstruction;
      if (tools !== undefined) body["tools"] = tools;
      if (toolConfig !== undefined) body["toolConfig"] = toolConfig;
      if (ttlSeconds !== undefined) body["ttl"] = `${ttlSeconds}s`;
      if (displayName !== undefined) body["displayName"] = displayName;
      return {
        // Storage is paid for by time, so that a second one must not be made by mistake.
        request: { ...request("POST", "cachedContents", flavour), body: JSON.stringify(body), once: true },
        decode(answer, head) {
          const fields = asFields(answer);
          if (fields === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
          how.refuseFault(fields, head);
          const id = asText(fields["name"]);
          if (id === undefined) throw how.notAnAnswer(head, "the cache has no name");
          const tokens = asCount(asFields(fields["usageMetadata"])?.["totalTokenCount"]);
          const expiresAtMs = Date.parse(asText(fields["expireTime"]) ?? "");
          return {
            provider: ctx.target.provider,
            model: ctx.target.model,
            id,
            ...(tokens !== undefined && { tokens }),
            ...(Number.isNaN(expiresAtMs) ? {} : { expiresAtMs }),
          };
        },
      };
    },
    delete: (_, id) => ({
      request: request(
        "DELETE",
        `cachedContents/${encodeURIComponent(id.slice(id.lastIndexOf("/") + 1))}`,
        flavour,
      ),
      decode: () => undefined,
    }),
  };
}

/** On Vertex, caches stand beside the publishers. */
function request(method: WireRequest["method"], path: string, { parentUrl }: Flavour): WireRequest {
  return { method, path: parentUrl === undefined ? `/${path}` : `${parentUrl}/${path}`, stream: false };
}
