/** The flags of `loom run`, checked and made into a job. Each fault names the flag and the fix. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { AskSpec } from "../batch/ask/ask-spec.ts";
import { promptOf } from "../batch/ask/prompt-of.ts";
import { fileForm } from "../batch/dataset/file-type.ts";
import type { LiveJob } from "../batch/job.ts";
import { outputPath } from "../batch/output-path.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Params } from "../contract/message.ts";
import { loomError } from "../errors/index.ts";
import { queueUrl } from "./queue-url.ts";

/** What the command line gives, unchecked. */
export interface RunFlags {
  readonly file?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly col?: string;
  readonly apiKey?: string;
  readonly output?: string;
  readonly sync?: boolean;
  readonly batch?: boolean;
  readonly workers?: string;
  /** `false`: `--no-cache`. */
  readonly cache?: boolean;
  readonly force?: boolean;
  readonly withMeta?: boolean;
  readonly promptTemplate?: string;
  readonly system?: string;
  readonly schema?: string;
  readonly params?: string;
  readonly maxCostUsd?: string;
  readonly limit?: string;
  readonly sample?: string;
  readonly dedupe?: boolean;
  readonly retryFailed?: boolean;
  readonly fallback?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly queue?: string;
}

export interface RunOptions {
  /** `live`: `--sync`; `queue`: live, on many machines. */
  readonly mode: "live" | "batch" | "queue";
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly queueUrl?: string;
  readonly job: LiveJob;
}

/** More than any account takes; a slip of the finger would open as many connections. */
const mostWorkers = 10_000;

/** @throws LoomError `invalid-request`, `file-unreadable` */
export async function runOptions(flags: RunFlags): Promise<RunOptions> {
  const provider = needed("provider", flags.provider, "such as openai, anthropic, google or openrouter");
  const model = needed("model", flags.model, "such as gpt-4o-mini; loom models lists them");
  const file = resolve(needed("file", flags.file, "the dataset: .csv, .json or .jsonl, each also with .gz"));
  const { type } = fileForm(file);
  const maxCostUsd = amount("max-cost-usd", flags.maxCostUsd);
  const limit = whole("limit", flags.limit);
  const sample = whole("sample", flags.sample);
  const apiKey = flags.apiKey === undefined ? undefined : needed("api-key", flags.apiKey, "a key");
  const mode = modeOf(flags);
  return {
    mode,
    dryRun: flags.dryRun === true,
    json: flags.json === true,
    ...mode === "queue" ? { queueUrl: queueUrl(flags.queue) } : {},
    job: {
      file,
      fileType: type,
      ask: await askOf(flags, provider, model, type === "csv"),
      output: flags.output === undefined ? outputPath(file, provider, model) : outputOf(flags.output, type),
      withMeta: flags.withMeta === true,
      force: flags.force === true,
      dedupe: flags.dedupe === true,
      retryFailed: flags.retryFailed === true,
      workers: whole("workers", flags.workers, mostWorkers) ?? 8,
      useCache: flags.cache !== false,
      ...apiKey === undefined ? {} : { apiKey },
      ...limit === undefined ? {} : { limit },
      ...sample === undefined ? {} : { sample },
      ...maxCostUsd === undefined ? {} : { maxCostUsd },
    },
  };
}

async function askOf(flags: RunFlags, provider: string, model: string, isCsv: boolean): Promise<AskSpec> {
  const { promptTemplate: template, col, system } = flags;
  if (template !== undefined && col !== undefined) {
    throw fault("col", "names the column of the prompt, and --prompt-template its columns; give one of them");
  }
  if (isCsv && template === undefined && col === undefined) {
    throw fault("col", "is missing; a CSV file needs --col, the column of the prompt, or --prompt-template");
  }
  const schema = flags.schema === undefined ? undefined : await jsonFile("schema", flags.schema);
  const params = flags.params === undefined ? undefined : await paramsOf(flags.params);
  const fallback = flags.fallback === undefined ? undefined : fallbackOf(flags.fallback);
  const ask: AskSpec = {
    provider,
    model,
    column: col === undefined ? "prompt" : needed("col", col, "the column of the prompt"),
    ...template === undefined ? {} : { template },
    ...system === undefined ? {} : { system },
    ...schema === undefined ? {} : { schema },
    ...params === undefined ? {} : { params: params as Params },
    ...fallback === undefined ? {} : { fallback },
  };
  // A template that is wrong says so now.
  promptOf(ask);
  return ask;
}

function modeOf({ sync, batch, queue }: RunFlags): RunOptions["mode"] {
  if (sync === true && batch === true) {
    throw fault("sync", "and --batch exclude each other; give one of them");
  }
  if (queue === undefined) return sync === true ? "live" : "batch";
  if (batch === true) throw fault("queue", "asks live, so it cannot be given with --batch");
  return "queue";
}

/** What is written is of the same kind as what is read, and never compressed. */
function outputOf(given: string, type: string): string {
  const output = resolve(needed("output", given, "a file"));
  if (/\.gz$/i.test(output)) throw fault("output", "is written uncompressed; leave .gz out of its name");
  if (/\.(?:csv|json|jsonl|ndjson)$/i.test(output) && fileForm(output).type !== type) {
    throw fault("output", `is written as the input is, so its name ends in .${type}`);
  }
  return output;
}

function fallbackOf(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const wrong = names.find((name) => !/^[^/]+\/./.test(name));
  if (wrong === undefined && names.length > 0) return names;
  throw fault(
    "fallback",
    `wants provider/model, several with commas between them${wrong === undefined ? "" : `, not "${wrong}"`}`,
  );
}

/** JSON, or `@` and the name of a file of it. */
async function paramsOf(text: string): Promise<JsonObject> {
  return text.startsWith("@") ? await jsonFile("params", text.slice(1)) : jsonObject("params", text, "");
}

async function jsonFile(flag: string, path: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const reason = (cause as { code?: string }).code === "ENOENT" ? "there is no such file" : String(cause);
    throw loomError("file-unreadable", `--${flag}: cannot read ${path}: ${reason}`, { file: path }, {
      cause,
    });
  }
  return jsonObject(flag, text, `${path}: `);
}

function jsonObject(flag: string, text: string, place: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault(flag, `wants JSON; ${place}${(cause as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw fault(flag, `${place === "" ? "wants" : `${place}wanted is`} a JSON object, in braces`);
}

function whole(flag: string, text: string | undefined, most = Number.MAX_SAFE_INTEGER): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? "from 1 on" : `from 1 to ${most}`;
  throw fault(flag, `wants a whole number ${range}, not "${text}"`);
}

function amount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < Infinity) return value;
  throw fault(flag, `wants an amount of US dollars above 0, such as 2.50, not "${text}"`);
}

function needed(flag: string, value: string | undefined, what: string): string {
  if (value === undefined) throw fault(flag, `is missing: ${what}`);
  if (value.trim() === "") throw fault(flag, `is empty: ${what}`);
  return value;
}

function fault(flag: string, problem: string): Error {
  return loomError("invalid-request", `--${flag} ${problem}`, { path: flag });
}
