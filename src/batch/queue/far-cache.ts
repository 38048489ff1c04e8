/** The response cache around rows that others ask: it is read and written here, so that no worker's disk holds answers. */

import type { AskSpec } from "../ask/ask-spec.ts";
import { cacheKey } from "../home/cache-key.ts";
import type { ResponseCache } from "../home/response-cache.ts";
import { type Answered, cachedRecord } from "../live/answer-row.ts";

type Answer = (index: number, prompt: string) => Promise<Answered | undefined>;

export function farCache(cache: ResponseCache | undefined, spec: AskSpec, answer: Answer): Answer {
  if (cache === undefined) return answer;
  return async (index, prompt) => {
    const key = cacheKey(spec, prompt);
    const known = await cache.read(key);
    if (known !== undefined) return { record: cachedRecord(index, known) };
    const answered = await answer(index, prompt);
    const { status, provider = "", model = "", text: response = "", output } = answered?.record ?? {};
    if (status !== "ok") return answered;
    const full = cache.write(key, { provider, model, response, ...output === undefined ? {} : { output } });
    if (full !== undefined) await full;
    return answered;
  };
}
