/** A key that prints as `[secret]`, whatever prints it. */

import type { Secret } from "../contract/secret.ts";

const hidden = (): string => "[secret]";

/** What Node's and Deno's `console.log` ask an object. */
const inspectors: readonly symbol[] = [
  Symbol.for("nodejs.util.inspect.custom"),
  Symbol.for("Deno.customInspect"),
];

/** Wraps a key. Nothing of it is reachable but through `reveal`. */
export function hideSecret(value: string, scheme?: Secret["scheme"]): Secret {
  const secret = {
    reveal: () => value,
    toString: hidden,
    toJSON: hidden,
    ...(scheme === undefined ? {} : { scheme }),
  };
  for (const symbol of inspectors) Object.defineProperty(secret, symbol, { value: hidden });
  return Object.freeze(secret);
}
