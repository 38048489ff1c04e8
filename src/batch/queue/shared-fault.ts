/** What a worker met travels as code and words; here it becomes an error again. */

import { type LoomError, loomError } from "../../errors/index.ts";

/** Those that every further row would meet alike; see `verdictOf`. */
const made: Readonly<Record<string, (message: string) => LoomError>> = {
  "config-invalid": (message) => loomError("config-invalid", message, { path: "worker" }),
  "plugin-invalid": (message) => loomError("plugin-invalid", message, { plugin: "of a worker" }),
  "model-not-found": (message) => loomError("model-not-found", message, {}),
  "unsupported": (message) => loomError("unsupported", message, { feature: "queue" }),
  "invalid-request": (message) => loomError("invalid-request", message, {}),
  "key-missing": (message) =>
    loomError("key-missing", message, { names: [], places: ["the workers' environment"] }),
  "auth-rejected": (message) => loomError("auth-rejected", message, {}),
  "permission-denied": (message) => loomError("permission-denied", message, {}),
  "quota-exhausted": (message) => loomError("quota-exhausted", message, {}),
  "budget-exceeded": (message) => loomError("budget-exceeded", message, { limitUsd: 0, estimateUsd: null }),
};

export function sharedFault(code: string, message: string): LoomError {
  return made[code]?.(message) ?? loomError("provider-failed", message, {});
}
