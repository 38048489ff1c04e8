/** Writes one call as a record of the dataset that a batch is made of, whose schema is narrower than a live call's. */

import {
  asFields,
  asList,
  type BatchRow,
  type Codec,
  type Fields,
  type Json,
  loomError,
  type Manifest,
  rowRequest,
} from "../../../src/plugin.ts";

/** Kinds of datasets, by modality. */
export const datasetTypes: Readonly<Record<string, string>> = {
  text: "batch-chat-v2-input",
  embedding: "batch-embed-v2-input",
};

/** Fields that those have; Cohere refuses a dataset with others. */
const known: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(
    ("messages tools temperature p frequency_penalty presence_penalty reasoning thinking_budget return_prompt logprobs " +
      "max_tokens max_input_tokens k seed").split(" "),
  ),
  embedding: new Set("texts images input_type inputs max_tokens embedding_types truncate".split(" ")),
};
const contents: ReadonlySet<unknown> = new Set(["text", "thinking", "image_url"]);

/** @throws LoomError `unsupported`, when batches do not take what the call asks */
export function writeLine({ customId, ctx }: BatchRow, encode: Codec["encode"], { label }: Manifest): string {
  const { modality, provider, model } = ctx.target;
  const fields = known[modality];
  const refuse = (what: string) =>
    loomError("unsupported", `${label} takes no ${what} in batches`, { feature: "batches" }, {
      provider,
      model,
    });
  if (fields === undefined) throw refuse(`${modality} calls`);
  const request = JSON.parse(rowRequest(encode, ctx).body) as Record<string, Json>;
  const { model: _, stream: __, ...asked } = request;
  const body = modality === "text" ? asRecord(asked, refuse) : asked;
  for (const name of Object.keys(body)) if (!fields.has(name)) throw refuse(`\`${name}\``);
  return JSON.stringify({ custom_id: customId, body });
}

/** The same call, with lists for texts and texts for objects where the schema has those. */
function asRecord(asked: Fields, refuse: (what: string) => Error): Fields {
  const { thinking, messages, tools, ...rest } = asked;
  const thinks = asFields(thinking);
  return {
    ...rest,
    messages: (asList(messages) ?? []).map((message) => messageOf(asFields(message) ?? {}, refuse)),
    ...(tools !== undefined && { tools: (asList(tools) ?? []).map(toolOf) }),
    ...(thinks !== undefined && { reasoning: thinks["type"] !== "disabled" }),
    ...(thinks?.["token_budget"] !== undefined && { thinking_budget: thinks["token_budget"] }),
  };
}

function messageOf(message: Fields, refuse: (what: string) => Error): Fields {
  const { content } = message;
  if (content === undefined || content === null) return message;
  if (typeof content === "string") return { ...message, content: [{ type: "text", text: content }] };
  const blocks = (asList(content) ?? []).map((block) => {
    const fields = asFields(block) ?? {};
    if (!contents.has(fields["type"])) throw refuse(`${String(fields["type"])} content`);
    const url = asFields(fields["image_url"])?.["url"];
    return url === undefined ? fields : { ...fields, image_url: url };
  });
  return { ...message, content: blocks };
}

function toolOf(tool: unknown): unknown {
  const fields = asFields(tool) ?? {};
  const made = asFields(fields["function"]);
  const parameters = made?.["parameters"];
  if (made === undefined || parameters === undefined || typeof parameters === "string") return tool;
  return { ...fields, function: { ...made, parameters: JSON.stringify(parameters) } };
}
