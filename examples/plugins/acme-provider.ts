/** A third-party provider plugin: a service with a wire format of its own, called through the injected HTTP service. */

import { definePlugin, HTTP, loomError, type Part, type Plugin } from "loom-router/plugin";
import { z } from "zod";

/** What Acme answers; everything else is refused. */
const acmeReply = z.object({ said: z.string(), words_in: z.number(), words_out: z.number() });

const acme: Plugin<"provider", { readonly url: string }> = definePlugin({
  api: 1,
  kind: "provider",
  id: "acme",
  options: z.strictObject({ url: z.url() }),
  make(use, { url }) {
    const http = use(HTTP);
    return {
      label: "Acme",
      modalities: ["text"],
      models: "open",
      key: { names: ["ACME_API_KEY"] },
      async open(ctx, key) {
        const { call, target, cancellation } = ctx;
        if (target.modality !== "text") {
          throw loomError("unsupported", `Acme does not do ${target.modality}`, { feature: target.modality });
        }
        const reply = await http.request({
          method: "POST",
          url: `${url}/talk`,
          headers: { "content-type": "application/json", "x-acme-key": key?.reveal() ?? "" },
          body: JSON.stringify({ voice: target.upstreamModel, turns: call.messages }),
          signal: cancellation.signal,
        });
        const details = { provider: target.provider, model: target.model, status: reply.status };
        if (reply.status === 401) throw loomError("auth-rejected", "Acme refused the key", {}, details);
        if (reply.status !== 200) {
          throw loomError("provider-failed", `Acme answered ${reply.status}`, {}, details);
        }
        const body = acmeReply.safeParse(JSON.parse(reply.body));
        if (!body.success) {
          throw loomError("invalid-reply", "Acme sent something that is no answer", {}, details);
        }
        const { said, words_in: inputTokens, words_out: outputTokens } = body.data;
        const none = { cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
        const parts: Part[] = [
          { type: "text", text: said },
          {
            type: "usage",
            usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, ...none },
          },
          { type: "finish", reason: "stop" },
        ];
        return { parts };
      },
    };
  },
});

export default acme;
