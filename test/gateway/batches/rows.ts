/** Rows as callers write them, and what their files say in the end. */

import OpenAI, { toFile } from "openai";
import type { FakeClock } from "../../../src/testing/fake-clock.ts";

export type Endpoint = "/v1/chat/completions" | "/v1/responses" | "/v1/embeddings" | "/v1/completions";

export interface Row {
  readonly custom_id: string;
  readonly method: string;
  readonly url: string;
  readonly body: object;
}

export function row(
  customId: string,
  model: string,
  prompt: string,
  url: string = "/v1/chat/completions",
): Row {
  const said = url === "/v1/embeddings" || url === "/v1/responses"
    ? { input: prompt }
    : url === "/v1/completions"
    ? { prompt }
    : { messages: [{ role: "user", content: prompt }], max_tokens: 20 };
  return { custom_id: customId, method: "POST", url, body: { model, ...said } };
}

/** Uploads rows, or lines as they are, and orders them. */
export async function order(
  client: OpenAI,
  rows: readonly (object | string)[],
  more: Partial<OpenAI.BatchCreateParams> = {},
  options?: OpenAI.RequestOptions,
): Promise<OpenAI.Batch> {
  const lines = rows.map((one) => typeof one === "string" ? one : JSON.stringify(one)).join("\n");
  const input = await client.files.create({
    file: await toFile(Buffer.from(lines), "in.jsonl"),
    purpose: "batch",
  });
  return await client.batches.create({
    input_file_id: input.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
    ...more,
  }, options);
}

const over = ["completed", "failed", "cancelled", "expired"];

/** Asks until the batch is as wanted; the clock moves with every question. */
export async function reached(
  client: OpenAI,
  id: string,
  clock: FakeClock,
  isReached: (batch: OpenAI.Batch) => boolean = ({ status }) => over.includes(status),
  stepMs = 100,
): Promise<OpenAI.Batch> {
  for (let asked = 0; asked < 2_000; asked++) {
    const batch = await client.batches.retrieve(id);
    if (isReached(batch)) return batch;
    await clock.advance(stepMs);
  }
  throw new Error(`the batch was never as wanted: ${JSON.stringify(await client.batches.retrieve(id))}`);
}

export interface AnswerLine {
  readonly id: string;
  readonly custom_id: string;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: Record<string, unknown> & {
      readonly choices?: readonly { readonly message: { readonly content: string } }[];
      readonly error?: { readonly message: string; readonly code: string | null };
    };
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** The lines of a file by the rows that they belong to. @throws Error, when a row has two */
export async function answersIn(
  client: OpenAI,
  file: string | undefined | null,
): Promise<Record<string, AnswerLine>> {
  if (file === undefined || file === null) return {};
  const text = await (await client.files.content(file)).text();
  const found: Record<string, AnswerLine> = {};
  for (const line of text.trimEnd().split("\n")) {
    const answer = JSON.parse(line) as AnswerLine;
    if (found[answer.custom_id] !== undefined) throw new Error(`${answer.custom_id} has two answers`);
    found[answer.custom_id] = answer;
  }
  return found;
}

/** What each row was answered, in one word each. */
export async function textsIn(
  client: OpenAI,
  batch: OpenAI.Batch,
): Promise<Record<string, string | undefined>> {
  const good = await answersIn(client, batch.output_file_id);
  const bad = await answersIn(client, batch.error_file_id);
  return Object.fromEntries([
    ...Object.entries(good).map(([id, { response }]) => [id, response?.body.choices?.[0]?.message.content]),
    ...Object.entries(bad).map((
      [id, { response, error }],
    ) => [id, error?.code ?? String(response?.status_code)]),
  ]);
}
