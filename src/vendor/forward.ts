/** Sends a request on as it came: its own text wherever that can be, with another model's name and nothing else changed. */

import type { NativeRequest } from "../contract/call.ts";
import type { Json } from "../contract/json.ts";

/** The name of the model, where it is the first thing a body says: what the vendors' clients write. */
const leadingModel = /^\s*\{\s*"model"\s*:\s*"(?:[^"\\]|\\.)*"/;

/**
 * The body's JSON text, asking for `model`.
 *
 * @param added fields that the body does not have
 */
export function forwardedText(
  { body, text }: NativeRequest,
  model: string,
  added?: Readonly<Record<string, Json>>,
): string {
  const named = renamed(text, model, body["model"] === model);
  if (named === undefined) return JSON.stringify({ ...body, model, ...added });
  if (added === undefined) return named;
  const end = named.lastIndexOf("}");
  const comma = Object.keys(body).length > 0 ? "," : "";
  return named.slice(0, end) + comma + JSON.stringify(added).slice(1);
}

/** `undefined`: the text must be written anew. A name said twice could be one to us and another to the vendor. */
function renamed(text: string, model: string, alreadySo: boolean): string | undefined {
  const [leading] = leadingModel.exec(text) ?? [];
  const from = leading?.length ?? text.indexOf(name) + name.length;
  if (mayName(text, from)) return undefined;
  if (alreadySo) return text;
  return leading === undefined ? undefined : `{"model":${JSON.stringify(model)}${text.slice(leading.length)}`;
}

const name = '"model"';

/** Whether a field from `from` on may be the model, letters written as escapes included. */
function mayName(text: string, from: number): boolean {
  return text.indexOf(name, from) !== -1 || text.indexOf("\\u006", from) !== -1;
}
