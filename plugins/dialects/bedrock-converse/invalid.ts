/** What is said of calls that cannot be sent, or not whole. */

import { type Attempting, type LoomError, loomError, type Notice } from "../../../src/plugin.ts";

/** A field of the call is missing or wrong. */
export function invalid({ target }: Attempting, path: string, what: string): LoomError {
  return loomError("invalid-request", `${path}: ${what}`, { path }, {
    provider: target.provider,
    model: target.model,
  });
}

/** Bedrock has no place for what stands at `path`. */
export function unsupported({ target }: Attempting, path: string, feature: string): LoomError {
  return loomError("unsupported", `${path}: Amazon Bedrock does not take ${feature}`, { feature }, {
    provider: target.provider,
    model: target.model,
  });
}

/** Converse's names of portable params. */
const portable: Readonly<Record<string, string>> = {
  topP: "top_p",
  stopSequences: "stop",
  maxTokens: "max_tokens",
};

/** The model has no such param, or not `when`. */
export function dropped({ target }: Attempting, name: string, when = ""): Notice {
  return {
    code: "param-dropped",
    message: `${target.model} on Bedrock does not take \`${portable[name] ?? name}\`${when}; it was left out`,
  };
}
