/** Which answers can only be written with the bytes of what was made, so that addresses have to be followed. */

import type { JsonObject } from "../../contract/index.ts";
import type { Asked } from "../format.ts";

/** For `Call.download`: some vendors give addresses where the caller's format has bytes. */
export function needsBytes({ modality }: Asked, body: JsonObject): boolean {
  return modality === "speech" || (modality === "image" && body["response_format"] === "b64_json");
}
