/** A folder with datasets, a vendor that takes batches of few rows, and what a run and a fetch are given. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AskSpec } from "../../../src/batch/ask/ask-spec.ts";
import type { FileType } from "../../../src/batch/dataset/dataset.ts";
import type { Job } from "../../../src/batch/job.ts";
import { outputPath } from "../../../src/batch/output-path.ts";
import { silentProgress } from "../../../src/batch/progress.ts";
import type { RunServices } from "../../../src/batch/run-services.ts";
import { fetchBatches, type FetchRequest } from "../../../src/batch/vendor/fetch-batches.ts";
import { runVendorBatch } from "../../../src/batch/vendor/run-vendor-batch.ts";
import { type SeenBatch, seenBatches } from "../../../src/batch/vendor/seen-batches.ts";
import type { ProviderOptions } from "../../../src/index.ts";
import type { JsonObject } from "../../../src/contract/json.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { type Folder, folderOf } from "../../support/folder.ts";
import { bareLoom } from "../../support/looms.ts";
import { type FakeVendor, fakeVendor } from "./fake-vendor.ts";

/** What a vendor called `few` takes; it is asked as OpenAI is. */
export interface FewLimits {
  readonly maxRows?: number;
  readonly maxBytes?: number;
  /** In place of the fake vendor, where another plays OpenAI. */
  readonly openai?: ProviderOptions;
}

/** A manifest of a vendor that takes batches as OpenAI does, but fewer rows. */
export function fewYaml(baseUrl: string, { maxRows = 3, maxBytes = 100_000 }: FewLimits = {}): string {
  return `label: Few\ndialect: openai-chat\nbaseUrl: ${baseUrl}/v1\nauth: { type: bearer, env: [FEW_API_KEY] }\n` +
    `models: open\nbatch: { maxRows: ${maxRows}, maxBytes: ${maxBytes} }\nsources: []\n`;
}

export interface Scene {
  readonly folder: Folder;
  readonly vendor: FakeVendor;
  readonly services: RunServices;
  /** What was told, with its data. */
  readonly notes: (readonly [text: string, data: JsonObject | undefined])[];
  /** Answers to questions; `undefined`: nobody sits there. */
  confirm: boolean | undefined;
  job(change?: Partial<Job> & { readonly asked?: Partial<AskSpec> }): Job;
  run(change?: Parameters<Scene["job"]>[0]): Promise<void>;
  fetch(request?: Partial<FetchRequest>): Promise<void>;
  seen(): Promise<readonly SeenBatch[]>;
  /** What was told since the last time. */
  told(): readonly string[];
  read(name: string): Promise<string>;
  /** Files of a folder; none, where there is no folder. */
  names(folder: string): Promise<readonly string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openScene(
  files: Readonly<Record<string, string>> = {},
  limits: FewLimits = {},
): Promise<Scene> {
  const vendor = await fakeVendor();
  const folder = await folderOf({ "few.yaml": fewYaml(vendor.url, limits), ...files });
  const loom = bareLoom({
    plugins: [folder.file("few.yaml")],
    providers: {
      openai: limits.openai ?? { baseUrl: `${vendor.url}/v1`, apiKey: "sk-openai" },
      anthropic: { baseUrl: vendor.url, apiKey: "sk-anthropic" },
      few: { apiKey: "sk-few" },
    },
    retry: false,
    breaker: false,
    dedup: false,
  });
  const notes: Scene["notes"] = [];
  const home = {
    path: folder.file("home"),
    batches: folder.file("home/batches"),
    cache: folder.file("home/cache"),
  };
  const never = new AbortController().signal;
  const services = (): RunServices => ({
    loom,
    progress: { ...silentProgress, note: (text, data) => void notes.push([text, data]) },
    home,
    clock: systemClock,
    signal: never,
    abort: never,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...(scene.confirm !== undefined && { confirm: () => Promise.resolve(scene.confirm === true) }),
  });
  const scene: Scene = {
    folder,
    vendor,
    notes,
    confirm: undefined,
    get services() {
      return services();
    },
    job({ asked, ...change } = {}) {
      const file = change.file ?? folder.file("data.csv");
      const ask = { provider: "few", model: "gpt-4o-mini", column: "text", ...asked };
      return {
        file,
        fileType: (file.replace(/\.gz$/, "").split(".").at(-1) ?? "csv") as FileType,
        ask,
        output: outputPath(file, ask.provider, ask.model),
        withMeta: false,
        force: false,
        dedupe: false,
        retryFailed: false,
        ...change,
      };
    },
    run: (change) => runVendorBatch(scene.job(change), services()),
    fetch: async (request) =>
      await fetchBatches(
        { keep: false, force: false, partial: false, ...request },
        await seenBatches(home),
        services(),
      ),
    seen: async () => (await seenBatches(home)).batches,
    told: () => notes.splice(0).map(([text]) => text),
    read: (name) => readFile(folder.file(name), "utf8"),
    names: async (name) => {
      try {
        return (await readdir(join(folder.path, name))).sort();
      } catch {
        return [];
      }
    },
    async [Symbol.asyncDispose]() {
      await loom.close();
      await vendor.close();
      await folder[Symbol.asyncDispose]();
    },
  };
  return scene;
}

/** A CSV file of rows `1,question 1`, `2,question 2` … */
export function questions(count: number): string {
  return "id,text\n" +
    Array.from({ length: count }, (_, index) => `${index + 1},question ${index + 1}\n`).join("");
}

/** The same with its answers. */
export function answered(count: number): string {
  return "id,text,llm_response\n" +
    Array.from(
      { length: count },
      (_, index) => `${index + 1},question ${index + 1},echo: question ${index + 1}\n`,
    )
      .join("");
}
