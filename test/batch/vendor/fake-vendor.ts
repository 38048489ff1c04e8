/** A vendor on a port of its own that takes batches as OpenAI does and as Anthropic does; they go as a test says. */

import { type Arrived, serve, type TestServer } from "../../support/server.ts";

export interface VendorRow {
  readonly customId: string;
  readonly prompt: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface VendorBatch {
  readonly id: string;
  readonly style: "openai" | "anthropic";
  readonly rows: readonly VendorRow[];
  /** Of OpenAI's batches, what it was handed in with. */
  readonly metadata: unknown;
  readonly createdAtMs: number;
  /** OpenAI's words; Anthropic's batches say `ended` where these do. */
  status: string;
  /** Rows that were done when it expired or was cancelled. */
  done: number;
}

type Taking = "taken" | "cut" | "refused";

export interface FakeVendor {
  readonly url: string;
  readonly server: TestServer;
  readonly batches: VendorBatch[];
  /** How new batches begin. */
  beginning: string;
  /** What becomes of an order: `cut`: it is taken, and the connection breaks before anybody hears of it. */
  taking: Taking | ((order: number) => Taking);
  /** What questions after batches get: an answer, a status of refusal, or a cut connection. */
  answering: "answers" | number | "cut";
  /** Hears of every request before it is answered, and once it is. */
  heard: (when: "before" | "after", arrived: Arrived) => void;
  /** A row's answer. Default: `echo: ` and its prompt. */
  answer: (prompt: string) => string | { readonly refused: string };
  /** All batches that are under way are done. */
  finish(status?: string): void;
  /** Environment in which a command asks this vendor. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

type Control = Pick<FakeVendor, "beginning" | "taking" | "answering" | "answer" | "heard">;

export async function fakeVendor(): Promise<FakeVendor> {
  const files = new Map<string, string>();
  const batches: VendorBatch[] = [];
  let orders = 0;
  const control: Control = {
    beginning: "validating",
    taking: "taken",
    answering: "answers",
    answer: (prompt) => `echo: ${prompt}`,
    heard: () => {},
  };

  function take(arrived: Arrived, batch: VendorBatch, shown: (batch: VendorBatch) => object): void {
    const { taking } = control;
    const how = typeof taking === "function" ? taking(orders++) : taking;
    if (how === "refused") return json(arrived, { error: { message: "no batches today" } }, 400);
    batches.push(batch);
    if (how === "cut") return void arrived.response.socket?.destroy();
    json(arrived, shown(batch));
  }

  function openai(arrived: Arrived, path: string): void {
    const { method, body } = arrived;
    if (path === "/files" && method === "POST") {
      const id = `file-${files.size}`;
      files.set(id, body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1));
      return json(arrived, { id, object: "file" });
    }
    if (path === "/batches" && method === "POST") {
      const { input_file_id: file = "", metadata } = JSON.parse(body) as Record<string, string>;
      const rows = (files.get(file) ?? "").split("\n").map(openaiRow);
      return take(arrived, newBatch("openai", `batch_${batches.length}`, rows, metadata), openaiBatch);
    }
    if (path.startsWith("/batches?") || path === "/batches") {
      return json(arrived, { object: "list", data: batches.map(openaiBatch).reverse(), has_more: false });
    }
    const batch = batches.find(({ id }) => new RegExp(`${id}(\\D|$)`).test(path));
    if (batch === undefined) return json(arrived, { error: { message: "no such batch" } }, 404);
    if (path.startsWith("/files/")) return text(arrived, lines(batch, openaiLine));
    if (path.endsWith("/cancel")) batch.status = "cancelled";
    json(arrived, openaiBatch(batch));
  }

  function anthropic(arrived: Arrived, path: string): void {
    const { method, body } = arrived;
    if (path === "" && method === "POST") {
      const { requests } = JSON.parse(body) as { readonly requests: readonly AnthropicRow[] };
      const id = `msgbatch_${batches.length}`;
      return take(arrived, newBatch("anthropic", id, requests.map(anthropicRow), undefined), anthropicBatch);
    }
    if (path === "" || path.startsWith("?")) {
      return json(arrived, { data: batches.map(anthropicBatch).reverse(), has_more: false, last_id: null });
    }
    const batch = batches.find(({ id }) => new RegExp(`${id}(\\D|$)`).test(path));
    if (batch === undefined) {
      return json(
        arrived,
        { type: "error", error: { type: "not_found_error", message: "no such batch" } },
        404,
      );
    }
    if (path.endsWith("/results")) return text(arrived, lines(batch, anthropicLine));
    if (path.endsWith("/cancel")) batch.status = "cancelled";
    json(arrived, anthropicBatch(batch));
  }

  function newBatch(
    style: VendorBatch["style"],
    id: string,
    rows: readonly VendorRow[],
    metadata: unknown,
  ): VendorBatch {
    return { id, style, rows, metadata, createdAtMs: Date.now(), status: control.beginning, done: 0 };
  }

  function lines(
    batch: VendorBatch,
    line: (row: VendorRow, answer: ReturnType<Control["answer"]>) => object,
  ): string {
    const done = batch.status === "completed" ? batch.rows : batch.rows.slice(0, batch.done);
    return done.map((row) => JSON.stringify(line(row, control.answer(row.prompt)))).reverse().join("\n");
  }

  const server = await serve((arrived) => {
    const { url, method, response } = arrived;
    control.heard("before", arrived);
    response.once("finish", () => control.heard("after", arrived));
    const isOrder = method === "POST" && !url.endsWith("/cancel");
    if (!isOrder && control.answering === "cut") return void arrived.response.socket?.destroy();
    if (!isOrder && typeof control.answering === "number") {
      return json(arrived, { error: { message: "not now", type: "error" } }, control.answering);
    }
    const path = url.replace(/^\/v1/, "");
    if (path.startsWith("/messages/batches")) {
      return anthropic(arrived, path.slice("/messages/batches".length));
    }
    openai(arrived, path);
  });
  const close = () => server.close();
  const vendor: Omit<FakeVendor, keyof Control> = {
    url: server.url,
    server,
    batches,
    environment: {
      OPENAI_BASE_URL: `${server.url}/v1`,
      OPENAI_API_KEY: "sk-openai",
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_API_KEY: "sk-anthropic",
    },
    finish(status = "completed") {
      for (const batch of batches) {
        if (["validating", "in_progress"].includes(batch.status)) batch.status = status;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return Object.assign(control, vendor);
}

function json({ response }: Arrived, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function text({ response }: Arrived, body: string): void {
  response.writeHead(200, { "content-type": "application/octet-stream" }).end(body);
}

interface Body extends Record<string, unknown> {
  readonly model: string;
  readonly messages: readonly { readonly content: string }[];
}

interface AnthropicRow {
  readonly custom_id: string;
  readonly params: Body;
}

function openaiRow(line: string): VendorRow {
  const { custom_id, body } = JSON.parse(line) as { readonly custom_id: string; readonly body: Body };
  return { customId: custom_id, body, prompt: body.messages.at(-1)?.content ?? "" };
}

function anthropicRow({ custom_id, params }: AnthropicRow): VendorRow {
  return { customId: custom_id, body: params, prompt: params.messages.at(-1)?.content ?? "" };
}

function openaiBatch({ id, status, rows, metadata, createdAtMs, done }: VendorBatch): object {
  const completed = status === "completed" ? rows.length : done;
  return {
    id,
    object: "batch",
    status,
    metadata,
    created_at: Math.floor(createdAtMs / 1000),
    request_counts: { total: rows.length, completed, failed: 0 },
    ...(completed > 0 && { output_file_id: `out-${id}` }),
    ...(status === "failed" && { errors: { data: [{ code: "no", message: "not this model" }] } }),
  };
}

function anthropicBatch({ id, status, rows, createdAtMs, done }: VendorBatch): object {
  const total = rows.length;
  const ended = !["validating", "in_progress"].includes(status);
  const succeeded = status === "completed" ? total : done;
  const rest = ended ? total - succeeded : 0;
  return {
    id,
    type: "message_batch",
    processing_status: ended ? "ended" : "in_progress",
    request_counts: {
      processing: ended ? 0 : total,
      succeeded,
      errored: 0,
      canceled: status === "cancelled" ? rest : 0,
      expired: status === "expired" ? rest : 0,
    },
    created_at: new Date(createdAtMs).toISOString(),
    archived_at: null,
  };
}

function openaiLine({ customId, body }: VendorRow, answer: ReturnType<Control["answer"]>): object {
  const response = typeof answer === "string"
    ? { status_code: 200, request_id: "r", body: completion(body, answer) }
    : {
      status_code: 400,
      request_id: "r",
      body: { error: { message: answer.refused, type: "invalid_request_error" } },
    };
  return { id: "r", custom_id: customId, response, error: null };
}

function completion({ model }: VendorRow["body"], content: string): object {
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
  const usage = { prompt_tokens: 1000, completion_tokens: 200, total_tokens: 1200 };
  return { id: "chatcmpl-1", object: "chat.completion", created: 1, model, choices, usage };
}

function anthropicLine({ customId, body }: VendorRow, answer: ReturnType<Control["answer"]>): object {
  const result = typeof answer === "string"
    ? {
      type: "succeeded",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: body["model"],
        content: [{ type: "text", text: answer }],
        stop_reason: "end_turn",
        usage: { input_tokens: 1000, output_tokens: 200 },
      },
    }
    : { type: "errored", error: { type: "invalid_request_error", message: answer.refused } };
  return { custom_id: customId, result };
}
