/** A vendor on a port of its own: OpenAI's chat, and its files and batches, which go as a test says. */

import { type Arrived, serve, type TestServer } from "../../support/server.ts";

export interface VendorRow {
  readonly custom_id: string;
  readonly body: { readonly model: string; readonly messages: readonly { readonly content: string }[] };
}

export interface VendorBatch {
  readonly id: string;
  readonly rows: readonly VendorRow[];
  status: string;
}

export interface FakeVendor {
  readonly url: string;
  readonly server: TestServer;
  /** Prompts of the live calls, in the order they came. */
  readonly live: readonly string[];
  readonly batches: readonly VendorBatch[];
  /** Live calls with these prompts get no answer until they are let go. */
  readonly held: Set<string>;
  /** What new batches get: `taken`, or a status of refusal. */
  taking: "taken" | number | "cut";
  /** Whether questions after batches get no answer. */
  silent: boolean;
  /** Answers what was held. */
  release(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

export async function fakeVendor(): Promise<FakeVendor> {
  const live: string[] = [];
  const files = new Map<string, string>();
  const batches: VendorBatch[] = [];
  const held = new Set<string>();
  let waiting: (() => void)[] = [];
  const vendor = { taking: "taken" as FakeVendor["taking"], silent: false };

  function answer(arrived: Arrived): void {
    const { method, url, body, response } = arrived;
    const path = url.replace(/^\/v1/, "");
    const json = (value: unknown, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    if (path === "/chat/completions") {
      const asked = JSON.parse(body) as VendorRow["body"];
      const prompt = asked.messages.at(-1)?.content ?? "";
      live.push(prompt);
      const reply = () => json(completion(asked, "live"));
      return held.has(prompt) ? void waiting.push(reply) : reply();
    }
    if (path === "/files" && method === "POST") {
      const id = `file-${files.size}`;
      files.set(id, body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1));
      return json({ id });
    }
    if (path === "/batches") {
      if (vendor.taking === "cut") return void response.socket?.destroy();
      if (vendor.taking !== "taken") return json({ error: { message: "no batches today" } }, vendor.taking);
      const { input_file_id: file } = JSON.parse(body) as { readonly input_file_id: string };
      const rows = (files.get(file) ?? "").split("\n").map((line) => JSON.parse(line) as VendorRow);
      const batch = { id: `batch_${batches.length}`, rows, status: "in_progress" };
      batches.push(batch);
      return json(shown(batch));
    }
    if (vendor.silent) return;
    const batch = batches.find(({ id }) => path.includes(id));
    if (batch !== undefined && path.endsWith("/cancel")) batch.status = "cancelled";
    if (batch === undefined) return json({ error: { message: "not found" } }, 404);
    if (path.startsWith("/files/")) {
      const lines = batch.rows.map((row) => JSON.stringify(line(row))).reverse();
      return void response.writeHead(200, { "content-type": "application/octet-stream" }).end(
        lines.join("\n"),
      );
    }
    json(shown(batch));
  }

  const server = await serve(answer);
  const close = () => server.close();
  return {
    url: `${server.url}/v1`,
    server,
    live,
    batches,
    held,
    get taking() {
      return vendor.taking;
    },
    set taking(next) {
      vendor.taking = next;
    },
    get silent() {
      return vendor.silent;
    },
    set silent(next) {
      vendor.silent = next;
    },
    release() {
      held.clear();
      const all = waiting;
      waiting = [];
      for (const reply of all) reply();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function shown({ id, status, rows }: VendorBatch): object {
  const counts = { total: rows.length, completed: status === "completed" ? rows.length : 0, failed: 0 };
  const output = status === "completed" ? { output_file_id: `file-of-${id}` } : {};
  const errors = status === "failed" ? { errors: { data: [{ code: "no", message: "not this model" }] } } : {};
  return { id, object: "batch", status, request_counts: counts, ...output, ...errors };
}

function line({ custom_id, body }: VendorRow): object {
  const isBad = body.messages.at(-1)?.content === "bad";
  const response = isBad
    ? {
      status_code: 400,
      request_id: "r",
      body: { error: { message: "bad row", type: "invalid_request_error" } },
    }
    : { status_code: 200, request_id: "r", body: completion(body, "batch") };
  return { id: "b", custom_id, response, error: null };
}

function completion({ model, messages }: VendorRow["body"], how: string): object {
  const content = `${how}: ${messages.at(-1)?.content}`;
  const choice = { index: 0, message: { role: "assistant", content }, finish_reason: "stop" };
  return { id: "chatcmpl-1", object: "chat.completion", created: 1, model, choices: [choice], usage };
}
