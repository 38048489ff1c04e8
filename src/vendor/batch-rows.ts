/** What the codecs of batches share: a call as one row of many, and rows read out of files. */

import type { Attempting } from "../contract/context.ts";
import type { Codec, WireRequest } from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import { loomError } from "../errors/index.ts";

const lineFeed = 0x0a;

/**
 * What a codec sends for a call that is answered whole, to be put into a batch.
 *
 * @throws LoomError, when the call cannot be encoded, or is no JSON
 */
export function rowRequest(
  encode: Codec["encode"],
  ctx: Attempting,
): WireRequest & { readonly body: string } {
  const { call, target: { provider, model } } = ctx;
  const request = encode(call.stream ? ctx.with({ call: { ...call, stream: false } }) : ctx);
  const { body } = request;
  if (typeof body === "string") return { ...request, body };
  const message = "batch: a call that sends files cannot be a row of one";
  throw loomError("unsupported", message, { feature: "batch" }, { provider, model });
}

/**
 * Reads a file with one JSON value in each line, line by line, since a whole file may be longer than a string can be. Empty
 * lines are nothing, and a line that is not JSON is left out where others are: those were paid for, and must not be lost with
 * it.
 *
 * @param broken makes the error for a file without any JSON, or for what is no file
 */
export function jsonLines(file: Json | Uint8Array, broken: (why: string) => Error): readonly Json[] {
  if (!(file instanceof Uint8Array)) throw broken("it is not a file of lines");
  const values: Json[] = [];
  const decoder = new TextDecoder();
  let brokenLine: number | undefined;
  for (let from = 0, line = 1; from < file.length; line++) {
    const found = file.indexOf(lineFeed, from);
    const to = found === -1 ? file.length : found;
    const text = decoder.decode(file.subarray(from, to)).trim();
    from = to + 1;
    if (text === "") continue;
    try {
      values.push(JSON.parse(text) as Json);
    } catch {
      brokenLine ??= line;
    }
  }
  if (values.length > 0 || brokenLine === undefined) return values;
  throw broken(`line ${brokenLine} of its file is not JSON`);
}
