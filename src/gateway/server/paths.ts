/** Which paths are served, and what they are called inside: `/llm/v1/chat/completions` is `/v1/chat/completions`. */

import { wildcard } from "../../util/wildcard.ts";

/** Gives the path as the endpoints know it; `undefined`: it is not served. */
export type ServedPath = (path: string) => string | undefined;

/** @param patterns such as `/v1/*`; what stands before `/v1/` is a prefix of the host's own */
export function servedPaths(patterns: readonly string[] = ["/v1/*"]): ServedPath {
  const served = patterns.map((pattern) => {
    const at = pattern.indexOf("/v1/");
    const prefix = at === -1 ? pattern.replace(/\/?\*?$/, "") : pattern.slice(0, at);
    return { fits: wildcard(pattern), prefix };
  });
  return (path) => {
    for (const { fits, prefix } of served) if (fits(path)) return path.slice(prefix.length);
    return undefined;
  };
}
