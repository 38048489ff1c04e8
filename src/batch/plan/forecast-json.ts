/** A forecast for scripts: the same figures under names as they are written on the wire. */

import type { Json, JsonObject } from "../../contract/json.ts";

/** `liveUsd` becomes `live_usd`, all the way down. */
export function snakeCased(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      one === undefined ? one : snakeCasedValue(one),
    ]),
  );
}

function snakeCasedValue(value: Json): Json {
  if (isList(value)) return value.map(snakeCasedValue);
  return typeof value === "object" && value !== null ? snakeCased(value) : value;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
