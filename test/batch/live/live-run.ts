/** Live runs against a vendor on a loopback port: what the tests of runLive share. */

import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import type { JsonObject } from "../../../src/contract/json.ts";
import type { LiveJob } from "../../../src/batch/job.ts";
import { runLive } from "../../../src/batch/live/run-live.ts";
import { outputPath } from "../../../src/batch/output-path.ts";
import type { ProgressUpdate } from "../../../src/batch/progress.ts";
import type { RunServices } from "../../../src/batch/run-services.ts";
import type { LoomOptions } from "../../../src/index.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import type { Folder } from "../../support/folder.ts";
import { bareLoom } from "../../support/looms.ts";
import { serve, type TestServer } from "../../support/server.ts";

/** What a vendor says to a prompt: text, or a status with headers, or whatever it does to the response. */
export type Said =
  | string
  | {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly message?: string;
  }
  | ((response: ServerResponse) => void);

export interface Vendor extends TestServer {
  /** The prompts that arrived, in order. */
  readonly prompts: readonly string[];
  /** Most calls that were under way at once. */
  readonly mostAtOnce: number;
}

/** 100 tokens in and 10 out for each answer. */
export async function vendorOf(say: (prompt: string, turn: number) => Said | Promise<Said>): Promise<Vendor> {
  const prompts: string[] = [];
  const turns = new Map<string, number>();
  let [atOnce, mostAtOnce] = [0, 0];
  const server = await serve(async ({ body, response }) => {
    const prompt = (JSON.parse(body) as { messages: { content: string }[] }).messages.at(-1)?.content ?? "";
    const turn = (turns.get(prompt) ?? 0) + 1;
    turns.set(prompt, turn);
    prompts.push(prompt);
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    response.on("close", () => atOnce--);
    const said = await say(prompt, turn);
    if (typeof said === "function") return said(response);
    const json = { "content-type": "application/json" };
    if (typeof said === "string") return void response.writeHead(200, json).end(answer(said));
    const { status, headers = {}, message = "no" } = said;
    response.writeHead(status, { ...json, ...headers }).end(JSON.stringify({ error: { message } }));
  });
  return Object.defineProperties(server as TestServer & { prompts: string[]; mostAtOnce: number }, {
    prompts: { value: prompts },
    mostAtOnce: { get: () => mostAtOnce },
  });
}

export function answer(text: string): string {
  return JSON.stringify({
    id: "c1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-mini",
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
  });
}

/** What one answer costs: gpt-4o-mini's prices of the catalog. */
export const rowUsd: number = (100 * 0.15 + 10 * 0.6) / 1e6;

export interface RunOptions {
  readonly job?: Partial<LiveJob>;
  readonly services?: Partial<RunServices>;
  readonly loom?: LoomOptions;
}

export interface Ran {
  readonly error: unknown;
  readonly notes: readonly { readonly text: string; readonly data: JsonObject | undefined }[];
  readonly last: ProgressUpdate | undefined;
}

/** Runs `rows.csv`, column `text`, of a folder, and gives what it threw and said. */
export async function runIn(
  folder: Folder,
  vendor: Pick<TestServer, "url">,
  options: RunOptions = {},
): Promise<Ran> {
  const notes: { text: string; data: JsonObject | undefined }[] = [];
  let last: ProgressUpdate | undefined;
  await using loom = bareLoom({
    dedup: false,
    breaker: false,
    retry: { maxAttempts: 1 },
    providers: {
      openai: { baseUrl: `${vendor.url}/v1`, apiKey: "k", models: "open" },
      anthropic: { models: "open" },
    },
    ...options.loom,
  });
  try {
    await runLive(jobIn(folder, options.job), {
      loom,
      progress: {
        begin() {},
        row: (update) => void (last = update),
        note: (text, data) => void notes.push({ text, data }),
        end() {},
      },
      home: {
        path: folder.file("home"),
        batches: folder.file("home/batches"),
        cache: folder.file("home/cache"),
      },
      clock: systemClock,
      signal: new AbortController().signal,
      abort: new AbortController().signal,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      ...options.services,
    });
    return { error: undefined, notes, last };
  } catch (error) {
    return { error, notes, last };
  }
}

export function jobIn({ path }: Pick<Folder, "path">, changes: Partial<LiveJob> = {}): LiveJob {
  const file = changes.file ?? join(path, "rows.csv");
  const ask = { provider: "openai", model: "gpt-4o-mini", column: "text", ...changes.ask };
  return {
    file,
    fileType: "csv",
    output: outputPath(file, ask.provider, ask.model),
    withMeta: false,
    force: false,
    dedupe: false,
    retryFailed: false,
    workers: 8,
    useCache: false,
    ...changes,
    ask,
  };
}

export const outputName = "rows_results_openai_gpt-4o-mini.csv";

/** `id,text` with as many rows as prompts. */
export function csvOf(prompts: readonly string[]): string {
  return ["id,text", ...prompts.map((prompt, index) => `${index + 1},${prompt}`), ""].join("\n");
}

/** The lines of an output without its head, apart at the commas. */
export async function outputRows(
  folder: Folder,
  name: string = outputName,
): Promise<readonly (readonly string[])[]> {
  const [, ...lines] = (await readFile(folder.file(name), "utf8")).trimEnd().split("\n");
  return lines.map((line) => line.split(","));
}

export function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `p${index + 1}`);
}
