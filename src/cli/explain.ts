/** `loom explain`: what would happen to a request, stage by stage, with nothing sent and nothing spent. */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { text as textOf } from "node:stream/consumers";
import type { Command } from "commander";
import { Loom } from "../client/loom.ts";
import type { CandidateExplanation, Explanation } from "../client/explain.ts";
import type { GenerateRequest } from "../client/generate-request.ts";
import { loomError } from "../errors/index.ts";
import { print } from "./print.ts";
import { amount, dollars, plain, printable, type TextColumn, textTable } from "./text-table.ts";

interface ExplainFlags {
  readonly model?: string;
  readonly provider?: string;
  readonly prompt?: string;
  readonly file?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function explainCommand(program: Command): void {
  program.command("explain")
    .description(
      "show what would happen to a request: candidates, prices, budgets, cache, guards; nothing is sent",
    )
    .option("-m, --model <id>", "the model, as provider/model or by a name that one vendor has")
    .option("-p, --provider <id>", "the provider, where the model does not say it")
    .option("--prompt <text>", "what would be asked")
    .option("-f, --file <path>", "the request of loom.generate() as JSON; - reads standard input")
    .option("-c, --config <file>", "a loom.yaml; default: the environment alone")
    .option("--json", "print JSON")
    .action(async (flags: ExplainFlags) => {
      const request = await requestOf(flags);
      await using loom = flags.config === undefined ? Loom.fromEnv() : await Loom.fromConfig(flags.config);
      const explanation = await loom.explain(request);
      await print(flags.json ? JSON.stringify(explanation, null, 2) + "\n" : explanationText(explanation));
    });
}

/** Flags win over what the file says. @throws LoomError `file-unreadable`, `invalid-request` */
async function requestOf({ model, provider, prompt, file }: ExplainFlags): Promise<GenerateRequest> {
  const written = file === undefined ? {} : await readRequest(file);
  const asked = file === undefined && prompt === undefined ? { prompt: "" } : {};
  return {
    ...asked,
    ...written,
    ...(model !== undefined && { model }),
    ...(provider !== undefined && { provider }),
    ...(prompt !== undefined && { prompt }),
  };
}

async function readRequest(file: string): Promise<GenerateRequest> {
  let text: string;
  try {
    text = file === "-" ? await textOf(process.stdin) : await readFile(file, "utf8");
  } catch (cause) {
    throw loomError("file-unreadable", `cannot read ${file}`, { file }, { cause });
  }
  try {
    const request: unknown = JSON.parse(text);
    if (typeof request === "object" && request !== null && !Array.isArray(request)) return request;
  } catch {
    // Said below, with what was expected.
  }
  throw loomError(
    "invalid-request",
    `${file} must hold one JSON object, such as {"model": "openai/gpt-4o-mini", "prompt": "Hi."}`,
    { path: "file" },
  );
}

const columns: readonly TextColumn<CandidateExplanation>[] = [
  { heading: "CANDIDATE", left: true, cell: ({ name }) => name },
  { heading: "READY", left: true, cell: ({ ready }) => ready ? "yes" : "no" },
  { heading: "KEY", left: true, cell: ({ key = "" }) => key },
  { heading: "BREAKER", left: true, cell: ({ breaker = "" }) => breaker },
  { heading: "TOK IN", cell: ({ estimate }) => estimate === undefined ? "" : amount(estimate.inputTokens) },
  { heading: "TOK OUT", cell: ({ estimate }) => estimate === undefined ? "" : amount(estimate.outputTokens) },
  { heading: "COST AT MOST", cell: costOf },
  { heading: "WHY NOT", left: true, long: true, cell: ({ reason = "" }) => reason },
];

function costOf({ estimate }: CandidateExplanation): string {
  if (estimate === undefined) return "";
  return estimate.usd === null ? "unknown" : dollars(estimate.usd);
}

type Limit = NonNullable<Explanation["limits"]>[number];

const limitColumns: readonly TextColumn<Limit>[] = [
  { heading: "LIMIT OF", left: true, cell: ({ scope }) => scope },
  { heading: "WHAT", left: true, cell: ({ limit }) => limit },
  { heading: "LEFT", cell: (one) => figureOf(one, one.remaining) },
  { heading: "OF", cell: (one) => figureOf(one, one.max) },
  { heading: "RESERVES", cell: (one) => figureOf(one, one.needs) },
  { heading: "FITS", left: true, cell: ({ fits }) => fits ? "yes" : "no" },
  { heading: "UNTIL", left: true, cell: ({ endsAtMs }) => endsAtMs === undefined ? "" : momentOf(endsAtMs) },
];

function figureOf({ limit }: Limit, value: number): string {
  return limit.startsWith("budget") ? dollars(value) : amount(value);
}

const momentOf = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace("T", " ") + " UTC";

export function explanationText(explanation: Explanation): string {
  const { chain, guards, candidates, cache, limits = [], limitsFault } = explanation;
  const { reason = "" } = candidates.find(({ ready }) => !ready) ?? {};
  const first = candidates.find(({ ready }) => ready);
  const full = limits.find(({ fits }) => !fits);
  const verdict = first === undefined
    ? `No candidate can be asked: ${reason}`
    : cache === "hit"
    ? "The answer is in the cache: it would cost nothing."
    : full !== undefined
    ? `It would be refused: ${full.scope} has too little left of its ${full.limit}.`
    : `${first.name} would be asked first.`;
  return [
    printable(verdict),
    "",
    ...textTable(columns, candidates),
    "",
    ...(limits.length === 0 ? [] : [...textTable(limitColumns, limits), ""]),
    ...(limitsFault === undefined ? [] : [`limits are not known: ${printable(limitsFault)}`, ""]),
    `cache   ${cache}`,
    `guards  ${guards.length === 0 ? "none" : guards.map(plain).join(" > ")}`,
    `chain   ${chain.map(plain).join(" > ")}`,
    "",
  ].join("\n");
}
