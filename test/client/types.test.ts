/** What the types of requests and results promise: each line compiles, or must not. */

import assert from "node:assert/strict";
import { it } from "node:test";
import { z } from "zod";
import type { EmbeddingResult, Loom, Result, TextResult } from "../../src/index.ts";
import type { GenerateRequest } from "../../src/client/generate-request.ts";

/** Compiled, never called. */
export async function promises(loom: Loom, any: GenerateRequest): Promise<void> {
  const text: TextResult<undefined> = await loom.generate({ provider: "openai", model: "m", prompt: "p" });
  const typed: { city: string } =
    (await loom.generate({ model: "m", prompt: "p", output: z.object({ city: z.string() }) })).output;
  const named: string =
    (await loom.generate({ model: "m", prompt: "p", output: { schema: z.string(), name: "n" } })).output;
  const vectors: EmbeddingResult = await loom.generate({ modality: "embedding", model: "m", input: ["a"] });
  const unknown: Result = await loom.generate(any);
  // @ts-expect-error a mistyped field is no field
  await loom.generate({ model: "m", promt: "p" });
  // @ts-expect-error params go into params
  await loom.generate({ model: "m", prompt: "p", temperature: 0 });
  // @ts-expect-error no such modality
  await loom.generate({ model: "m", prompt: "p", modality: "smell" });
  // @ts-expect-error a router's request names no provider
  await loom.route({} as never, { provider: "openai", prompt: "p" });
  void [text, typed, named, vectors, unknown];
}

it("requests and results are typed as written above", () => assert.equal(typeof promises, "function"));
