/** A vendor of OpenAI's files and batches on a loopback port, under as many names as a test wants, and Looms that know it. */

import type { BareOptions } from "../support/looms.ts";
import { bareLoom } from "../support/looms.ts";
import { type Folder, folderOf } from "../support/folder.ts";
import { type Arrived, serve, type TestServer } from "../support/server.ts";
import type { Loom } from "../../src/index.ts";

/** A batch at the vendor. */
export interface Job {
  readonly id: string;
  /** The name under which the vendor was asked. */
  readonly vendor: string;
  readonly model: string;
  readonly label: string | undefined;
  readonly key: string;
  readonly rows: readonly { readonly customId: string; readonly prompt: string }[];
  status: string;
  /** How many rows have answers when it has ended; the others have none. Default: all. */
  answered?: number;
  problem?: string;
}

/** What happens to one creation of a job: it is lost on its way (at once, or in silence), or its answer is. */
export type Fate = "fine" | "lost" | "silent" | "deaf" | "refused";

export interface BatchVendor {
  readonly server: TestServer;
  readonly jobs: Job[];
  /** What becomes of the next creations, one after another; then all go well. */
  fates: Fate[];
  /** What jobs are when they are created. Default `completed`. */
  begin: string;
  /** Prompts whose rows, or live calls, are errors. */
  bad: Set<string>;
  /** So many downloads break off after their first line. */
  cuts: number;
  /** Lists of batches are refused. */
  listFails: boolean;
  /** Holds live calls, by prompt, until it settles. */
  gate: (prompt: string) => Promise<void> | undefined;
  /** Prompts of live calls that have come in. */
  readonly live: string[];
  /** A Loom whose providers `acme`, `zeta` (three rows in a batch) and `plain` (no batches) are this vendor. */
  loom(options?: BareOptions): Loom;
  close(): Promise<void>;
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

export async function startBatchVendor(): Promise<BatchVendor> {
  const files = new Map<string, string>();
  const server = await serve((arrived) => void answer(arrived));
  const manifest = (name: string, more = "") =>
    `label: ${name}\ndialect: openai-chat\nbaseUrl: ${server.url}/${name}\n` +
    `auth: { type: bearer, env: [${name.toUpperCase()}_API_KEY] }\nmodels: open\nsources: []\n${more}`;
  const batch =
    "batch: { maxRows: 3, maxBytes: 2000, modalities: [text, embedding] }\ncapabilities: { embedding: true }\nparams: { drop: [seed] }\n";
  const folder: Folder = await folderOf({
    "providers/acme.yaml": manifest("acme", batch),
    "providers/zeta.yaml": manifest("zeta", batch),
    "providers/plain.yaml": manifest("plain"),
  });
  const vendor: BatchVendor = {
    server,
    jobs: [],
    fates: [],
    begin: "completed",
    bad: new Set(),
    cuts: 0,
    listFails: false,
    gate: () => undefined,
    live: [],
    loom: (options = {}) =>
      bareLoom({
        pluginFolder: folder.path,
        variables: { ACME_API_KEY: "sk-a", ZETA_API_KEY: "sk-z", PLAIN_API_KEY: "sk-p" },
        retry: false,
        ...options,
      }),
    async close() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };

  function jobFields(job: Job): object {
    const answered = job.answered ?? job.rows.length;
    const hasFile = job.status === "completed" || job.answered !== undefined;
    return {
      id: job.id,
      status: job.status,
      created_at: 1_767_225_600,
      metadata: job.label === undefined ? null : { loom: job.label },
      request_counts: { total: job.rows.length, completed: hasFile ? answered : 0, failed: 0 },
      ...hasFile ? { output_file_id: `${job.id}-out` } : {},
      ...job.problem === undefined ? {} : { errors: { data: [{ message: job.problem }] } },
    };
  }

  function answerLine(customId: string, prompt: string, model: string): string {
    const response = vendor.bad.has(prompt)
      ? { status_code: 400, body: { error: { message: `bad: ${prompt}` } } }
      : { status_code: 200, body: completion(`${model} says ${prompt}`) };
    return JSON.stringify({ custom_id: customId, response });
  }

  async function answer({ method, url, headers, body, response }: Arrived): Promise<void> {
    const [, name = "", ...path] = new URL(url, server.url).pathname.split("/");
    const send = (status: number, value: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    const key = (headers.authorization ?? "").replace("Bearer ", "");
    if (path[0] === "chat") {
      const { model, messages } = JSON.parse(body);
      const prompt = messages.at(-1).content as string;
      vendor.live.push(prompt);
      await vendor.gate(prompt);
      if (vendor.bad.has(prompt)) return void send(400, { error: { message: `bad: ${prompt}` } });
      return void send(200, completion(`${model} says ${prompt}`));
    }
    if (path[0] === "files" && method === "POST") {
      const id = `file-${files.size + 1}`;
      files.set(id, body);
      return void send(200, { id });
    }
    if (path[0] === "files") {
      const job = vendor.jobs.find(({ id }) => path[1] === `${id}-out`);
      if (job === undefined) return void send(404, { error: { message: "no such file" } });
      const lines = job.rows.slice(0, job.answered ?? job.rows.length)
        .map(({ customId, prompt }) => answerLine(customId, prompt, job.model)).reverse();
      response.writeHead(200, { "content-type": "application/jsonl" });
      if (vendor.cuts-- <= 0) return void response.end(lines.join("\n"));
      return void response.write(`${lines[0]}\n`, () => setTimeout(() => response.socket?.destroy(), 20));
    }
    if (method === "POST" && path.length === 1) {
      const fate = vendor.fates.shift() ?? "fine";
      if (fate === "refused") return void send(400, { error: { message: "no more batches today" } });
      if (fate === "silent") return;
      if (fate === "lost") return void response.socket?.destroy();
      const { input_file_id: file, metadata } = JSON.parse(body);
      const rows = rowsIn(files.get(file) ?? "");
      const job: Job = {
        id: `b-${vendor.jobs.length + 1}`,
        vendor: name,
        model: rows[0]?.model ?? "",
        label: metadata?.loom,
        key,
        rows,
        status: vendor.begin,
      };
      vendor.jobs.push(job);
      if (fate === "deaf") return void response.socket?.destroy();
      return void send(200, jobFields(job));
    }
    if (method === "GET" && path.length === 1) {
      if (vendor.listFails) return void send(500, { error: { message: "no lists today" } });
      const data = vendor.jobs.filter((job) => job.vendor === name && job.key === key).map(jobFields)
        .reverse();
      return void send(200, { object: "list", data, has_more: false });
    }
    const job = vendor.jobs.find(({ id }) => id === path[1]);
    if (job === undefined) return void send(404, { error: { message: "no such batch" } });
    if (path[2] === "cancel") {
      if (job.status === "completed") return void send(409, { error: { message: "it has ended" } });
      job.status = "cancelled";
    }
    send(200, jobFields(job));
  }

  return vendor;
}

function completion(content: string): object {
  return { choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }], usage };
}

/** The rows of an uploaded form. */
function rowsIn(form: string): readonly { customId: string; prompt: string; model: string }[] {
  return form.split("\n").filter((line) => line.startsWith('{"custom_id"')).map((line) => {
    const { custom_id: customId, body } = JSON.parse(line);
    return { customId, prompt: body.messages?.at(-1).content ?? String(body.input), model: body.model };
  });
}
