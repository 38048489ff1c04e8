/** Asks how many tokens a call would have. */

import {
  asCount,
  asFields,
  type Attempting,
  type Body,
  type Json,
  type Manifest,
  type Operation,
  type TokenCount,
} from "../../../src/plugin.ts";
import { bodyWriter } from "./encode.ts";
import { type Flavour, modelName, modelPath } from "./flavour.ts";
import type { Reading } from "./reading.ts";

export function countTokens(
  manifest: Manifest,
  flavour: Flavour,
  how: Reading,
): (ctx: Attempting) => Operation<TokenCount> {
  const makeBody = bodyWriter(manifest, flavour);
  return (ctx) => ({
    request: {
      method: "POST",
      path: modelPath(ctx, "countTokens"),
      body: JSON.stringify(counted(makeBody(ctx, []), ctx, flavour)),
      stream: false,
    },
    decode(body, head) {
      const fields = asFields(body);
      if (fields === undefined) throw how.notAnAnswer(head, "it is not a JSON object");
      how.refuseFault(fields, head);
      const inputTokens = asCount(fields["totalTokens"]);
      if (inputTokens === undefined) throw how.notAnAnswer(head, "it has no `totalTokens`");
      const cachedTokens = asCount(fields["cachedContentTokenCount"]);
      return { inputTokens, ...(cachedTokens !== undefined && { cachedTokens }) };
    },
  });
}

/** What is more than turns goes in as a whole request; Vertex takes it beside the turns instead. */
function counted(body: Body, { target }: Attempting, { vertex }: Flavour): Json {
  const { contents, systemInstruction, tools, toolConfig, cachedContent, generationConfig } = body;
  if (vertex) {
    const config = asFields(generationConfig);
    // Of the configuration only a schema is part of the prompt.
    const schema = config?.["responseJsonSchema"] ?? config?.["responseSchema"];
    const counted = {
      contents,
      systemInstruction,
      tools,
      generationConfig: schema === undefined ? undefined : generationConfig,
    };
    return defined(counted);
  }
  const rest = defined({ systemInstruction, tools, toolConfig, cachedContent });
  if (Object.keys(rest as object).length === 0) return { contents: contents as Json };
  const model = modelName(target.upstreamModel);
  return { generateContentRequest: { model, contents: contents as Json, ...rest as Body } } as Json;
}

function defined(body: Body): Json {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Json;
}
