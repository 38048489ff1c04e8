/** The HTTP service: undici behind Loom's contract, with deadlines, bounds and error classes. */

import type { Attempting } from "../contract/context.ts";
import type { Operation, WireReplyHead } from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import type { Answer } from "../contract/reply.ts";
import type {
  Clock,
  DownloadOptions,
  Exchange,
  Http,
  PlainReply,
  PlainRequest,
  Random,
  Timeouts,
} from "../contract/services.ts";
import { loomError } from "../errors/index.ts";
import { heed } from "../errors/notices.ts";
import { Agents } from "./agents.ts";
import { createDownloads } from "./download.ts";
import type { ExchangeDeadlines } from "./exchange.ts";
import { withoutForeign } from "./foreign-format.ts";
import { follow } from "./job.ts";
import { plainRequest } from "./plain.ts";
import { createSend } from "./send.ts";

const defaults: ExchangeDeadlines = { connectMs: 10_000, firstPartMs: 120_000, idleMs: 60_000 };

/** Makes the HTTP service of one Loom. Loads undici with the first request. */
export function createHttp(
  clock: Clock,
  timeouts: Timeouts = {},
  random: Random = Math.random,
  downloads: DownloadOptions = {},
): Http {
  const agents = new Agents();
  const files = createDownloads(clock, downloads);
  const own: ExchangeDeadlines = { ...defaults, ...timeouts };
  const send = createSend(clock, agents, own);

  return {
    async exchange(given: Attempting, plan: Exchange): Promise<Answer> {
      given.cancellation.throwIfCancelled();
      const { native } = given.call;
      const ctx = native === undefined ? given : withoutForeign(given, native, plan.manifest.dialect);
      const request = plan.codec.encode(ctx);
      if (request.warnings !== undefined) heed(ctx, request.warnings);
      const sent = await send(ctx, plan, request);
      if ("source" in sent) return sent;
      const { decoded, ...told } = sent;
      const made = "next" in decoded
        ? await follow(decoded, ctx, {
          clock,
          random,
          codec: plan.codec,
          send: (own, codec, next) => send(own, { ...plan, codec }, next),
        })
        : decoded;
      const parts = ctx.call.download === true ? await files.fill(ctx, made) : made;
      return { parts, ...told };
    },

    async operate<T>(ctx: Attempting, plan: Exchange, operation: Operation<T>): Promise<T> {
      ctx.cancellation.throwIfCancelled();
      let value: { readonly of: T } | undefined;
      const decode = (body: Json | Uint8Array, head: WireReplyHead) => {
        value = { of: operation.decode(body, head) };
        return [];
      };
      const codec = { ...plan.codec, decode, decodeBytes: decode };
      await send(ctx, { ...plan, codec }, { ...operation.request, stream: false });
      if (value === undefined) throw loomError("internal", "an operation was answered with a stream", {});
      return value.of;
    },

    async request(request: PlainRequest): Promise<PlainReply> {
      return plainRequest(await agents.get(own.connectMs), clock, request, own.connectMs);
    },

    close: async () => void await Promise.all([agents.close(), files.close()]),
  };
}
