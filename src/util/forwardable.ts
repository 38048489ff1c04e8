/** Whether a call is still the request that came in, so that the request itself may be sent on. */

import type { Call, NativeFields, NativeRequest } from "../contract/call.ts";

const said: readonly (keyof NativeFields)[] = [
  "messages",
  "prompt",
  "input",
  "images",
  "audio",
  "tools",
  "toolChoice",
  "output",
  "params",
];

/** False: it came in no wire format, or something has changed since, such as a redacted text or an added turn. */
export function forwardable(call: Call): call is Call & { readonly native: NativeRequest } {
  const { native } = call;
  if (native?.of === undefined) return false;
  for (const field of said) if (call[field] !== native.of[field]) return false;
  return true;
}
