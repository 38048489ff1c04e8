/** Everything that one modality of one vendor needs, compiled from its manifest once. */

import type {
  Attempting,
  Decoded,
  ErrorDecoder,
  Json,
  Manifest,
  ManifestMedia,
  MediaModality,
  WireReplyHead,
  WireRequest,
} from "../../../src/plugin.ts";
import { reading } from "./decode.ts";
import { encoder } from "./encode.ts";
import { faultsOf } from "./faults.ts";
import { jobReader } from "./job.ts";

export interface Plan {
  encode(ctx: Attempting): WireRequest;
  decode(body: Json, head: WireReplyHead): Decoded;
  decodeBytes(body: Uint8Array, head: WireReplyHead): Decoded;
}

export function planOf(
  manifest: Manifest,
  modality: MediaModality,
  form: ManifestMedia,
  errors: ErrorDecoder,
): Plan {
  const faults = faultsOf(manifest, errors);
  const read = reading(manifest, modality, form, faults);
  return {
    encode: encoder(manifest, modality, form),
    decode: form.job === undefined
      ? (body, head) => read.whole(body, head)
      : jobReader(form, form.job, faults, read),
    decodeBytes: (body, head) => read.bytes(body, head),
  };
}
