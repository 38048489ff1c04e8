/** Writes one call as a line of the file that a batch is made of. */

import {
  type Attempting,
  type BatchRow,
  type Codec,
  type Json,
  loomError,
  type Manifest,
  type ManifestBatch,
  rowRequest,
} from "../../../src/plugin.ts";

/** What of the vendor's codec a row is made with. */
export type RowCodec = Pick<Codec, "encode" | "decode" | "decodeError">;

export function writeRow(
  { customId, ctx }: BatchRow,
  manifest: Manifest,
  batch: ManifestBatch,
  codec: RowCodec,
): string {
  const { body } = rowRequest(codec.encode, ctx);
  const url = endpointOf(ctx, manifest, batch);
  const head = `"custom_id":${JSON.stringify(customId)}`;
  if (batch.rows === "body") return `{${head},"body":${oneLine(body)}}`;
  if (batch.rows === "body-without-model") {
    const { model: _, ...rest } = JSON.parse(body) as Record<string, Json>;
    return `{${head},"body":${oneLine(JSON.stringify(rest))}}`;
  }
  return `{${head},"method":"POST","url":${JSON.stringify(url)},"body":${oneLine(body)}}`;
}

/** Some readers end lines at these, which JSON text may hold as they are. */
function oneLine(json: string): string {
  return json.replace(
    /[\u0085\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** How rows and jobs name what is called. @throws LoomError `unsupported`, when it cannot be called in a batch */
export function endpointOf({ target }: Attempting, { label, paths }: Manifest, batch: ManifestBatch): string {
  const { modality } = target;
  if (!(batch.modalities ?? ["text"]).some((known) => known === modality)) {
    const details = { provider: target.provider, model: target.model };
    throw loomError(
      "unsupported",
      `${label} takes no ${modality} calls in batches`,
      { feature: "batches" },
      details,
    );
  }
  const own = modality === "embedding"
    ? paths?.embeddings ?? "/embeddings"
    : paths?.chat ?? "/chat/completions";
  return (batch.prefix ?? "/v1") + own;
}
