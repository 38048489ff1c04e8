/** A codec of OpenAI's, asked for a deployment instead of a model, at the paths of one resource. */

import { type Attempting, attempting, type Codec, type Decoded } from "../../../src/plugin.ts";
import { deployedBatches } from "./deployed-batches.ts";
import type { Endpoint } from "./endpoint.ts";
import { withCategories } from "./filtered.ts";

/** @param deployments model, by its name in the catalog or upstream -> deployment; others are deployed under their own name */
export function deployedCodec(
  codec: Codec,
  { place }: Endpoint,
  deployments: Readonly<Record<string, string>>,
): Codec {
  const table = new Map(Object.entries(deployments));

  function deployed(ctx: Attempting): Attempting {
    const { target } = ctx;
    const deployment = table.get(target.model) ?? table.get(target.upstreamModel);
    if (deployment === undefined || deployment === target.upstreamModel) return ctx;
    return attempting(ctx, { ...target, upstreamModel: deployment }, ctx.attempt);
  }

  function decoded(found: Decoded, deployment: string): Decoded {
    if (!("next" in found)) return found;
    const { next, cancel, decode } = found;
    return {
      ...found,
      next: place(next, deployment),
      ...(cancel !== undefined && { cancel: place(cancel, deployment) }),
      decode: (body, head) => decoded(decode(body, head), deployment),
    };
  }

  // Azure is not known to count tokens ahead of a call.
  const { countTokens: _, batches, ...rest } = codec;
  return {
    ...rest,
    ...(batches !== undefined && { batches: deployedBatches(batches, deployed, place) }),
    encode(ctx) {
      const own = deployed(ctx);
      return place(codec.encode(own), own.target.upstreamModel);
    },
    decode: (body, head) => decoded(codec.decode(body, head), deployed(head.ctx).target.upstreamModel),
    decodeError: (head, body) => codec.decodeError(head, withCategories(body)),
  };
}
