/** Reads the gateway's configuration file, or says everything that is wrong with it, with places and lines. */

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { Catalog } from "../../catalog/index.ts";
import { checkOptions, type LoomOptions } from "../../client/options.ts";
import { parseConfig } from "../../client/config-file.ts";
import { stepsOf } from "../../client/yaml-place.ts";
import type { Environment } from "../../contract/index.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { processEnvironment } from "../../runtime/environment.ts";
import type { GatewayOptions } from "../options.ts";
import { crossFaults } from "./cross-checks.ts";
import { configError, type ConfigFault, type Steps } from "./fault.ts";
import { faultsOfIssues } from "./issues.ts";
import { plainJsonSchema } from "./json-schema.ts";
import { openProviders, ruleTargetFaults } from "./known-models.ts";
import { configSchema, type ConfigWritten } from "./schema.ts";
import { guardsOf, type SecurityWritten } from "./security-schema.ts";
import { gatewayOptionsOf } from "./to-gateway.ts";
import { loomOptionsOf } from "./to-loom.ts";
import { convertVariables, fillVariables } from "./variables.ts";

export interface ReadGatewayConfig {
  readonly loom: LoomOptions;
  readonly gateway: GatewayOptions;
}

/** A file by its path, or its text with the path that it is known by. */
export type ConfigSource = string | { readonly text: string; readonly file: string };

/** @throws LoomError `config-invalid`, naming for every fault the file, the line, the place and what was expected */
export async function readGatewayConfig(
  source: ConfigSource,
  environment: Environment = processEnvironment(),
): Promise<ReadGatewayConfig> {
  const file = resolve(typeof source === "string" ? source : source.file);
  const text = typeof source === "string" ? await textOf(file) : source.text;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (faults: readonly ConfigFault[]) => configError(file, faults, document.contents, lines);
  if (document.errors.length > 0) {
    throw fail(document.errors.map(({ message, pos: [offset] }) => ({
      steps: [],
      problem: firstLine(message),
      line: lines.linePos(offset).line,
    })));
  }
  const plain = plainOf(() => document.toJS() as unknown, (problem) => fail([{ steps: [], problem }]));
  if (typeof plain !== "object" || Array.isArray(plain)) {
    throw fail([{ steps: [], problem: "must be a map with ai_gateway in it" }]);
  }

  const { config, faults } = readBlocks(plain ?? {}, environment);
  const ofLoom = topLevel(text, file, environment);
  const found = [...faults, ...ofLoom.faults, ...config === undefined ? [] : crossFaults(config)];
  if (config === undefined || found.length > 0) throw fail(found);

  const path = (name: string) => resolve(dirname(file), name);
  const written = config.ai_gateway ?? {};
  const options = loomOptionsOf(written, path);
  const twice = Object.keys(options).filter((name) => Object.hasOwn(ofLoom.options, name));
  if (twice.length > 0) {
    throw fail(
      twice.map((name) => ({ steps: [name], problem: "is given in ai_gateway, too; give it once" })),
    );
  }
  const own = written.catalog === undefined
    ? ofLoom.options.catalog
    : Catalog.fromYaml(path(written.catalog));
  const catalog = own ?? new Catalog();
  await catalog.load();
  const astray = await ruleTargetFaults(written, catalog);
  if (astray.length > 0) throw fail(astray);
  const loom = {
    ...ofLoom.options,
    ...options,
    ...(own !== undefined && { catalog: own }),
    ...opened(options, await openProviders(written, catalog)),
  } as LoomOptions;
  try {
    checkOptions(loom);
  } catch (error) {
    if (!LoomError.is(error, "config-invalid")) throw error;
    const { path: place } = error.data;
    throw fail([{ steps: writtenSteps(place, written), problem: error.message.slice(place.length + 1) }]);
  }
  return { loom, gateway: gatewayOptionsOf(config, path) };
}

interface Blocks {
  readonly config: ConfigWritten | undefined;
  readonly faults: readonly ConfigFault[];
}

function readBlocks(plain: object, environment: Environment): Blocks {
  const { ai_gateway, routes } = plain as Readonly<Record<string, unknown>>;
  // A block without content is as good as none.
  const given = { ...(ai_gateway != null && { ai_gateway }), ...(routes != null && { routes }) };
  const { value, faults, alone } = fillVariables(given, environment);
  let read = configSchema.safeParse(value, { reportInput: false });
  // A choice may show what it wants only when its first part fits, so it is asked again while that helps.
  for (let round = 0; round < 5 && !read.success; round++) {
    if (!convertVariables(value, read.error.issues, alone)) break;
    read = configSchema.safeParse(value);
  }
  if (read.success) return { config: faults.length > 0 ? undefined : read.data, faults };
  const missing = new Set(faults.map(({ steps }) => JSON.stringify(steps)));
  const others = faultsOfIssues(read.error.issues, plainJsonSchema())
    .filter(({ steps }) => !missing.has(JSON.stringify(steps)));
  return { config: undefined, faults: [...faults, ...others] };
}

/** Options of the Loom beside `ai_gateway`, which has its own reader. */
function topLevel(text: string, file: string, environment: Environment): {
  readonly options: LoomOptions;
  readonly faults: readonly ConfigFault[];
} {
  try {
    return { options: parseConfig(text, file, environment), faults: [] };
  } catch (error) {
    if (!LoomError.is(error, "config-invalid")) throw error;
    const { path, line } = error.data;
    const problem = error.message.replace(`${file}:${line}: `, "").replace(`${path} `, "");
    return {
      options: {},
      faults: [{ steps: stepsOf(path), problem, ...(line !== undefined && { line }) }],
    };
  }
}

function opened(options: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  const providers = options["providers"] as LoomOptions["providers"];
  if (providers === undefined || names.length === 0) return {};
  const changed = names.map((name) => [name, { ...providers[name], models: "open" }] as const);
  return { providers: { ...providers, ...Object.fromEntries(changed) } };
}

/** Where an option of the Loom stands in the file. */
function writtenSteps(
  path: string,
  { providers = [], security = {} }: {
    readonly providers?: readonly { name: string }[] | undefined;
    readonly security?: SecurityWritten | undefined;
  },
): Steps {
  const [first = "", second, ...rest] = stepsOf(path);
  if (first === "sinks" || first === "capture") {
    return ["ai_gateway", "observability", first, ...second === undefined ? [] : [second], ...rest];
  }
  if (first === "guards" && typeof second === "number") {
    return ["ai_gateway", "security", ...guardsOf(security)[second]?.steps ?? [], ...rest];
  }
  const index = first === "providers" ? providers.findIndex(({ name }) => name === second) : -1;
  const place = index === -1 ? second : index;
  return ["ai_gateway", first, ...place === undefined ? [] : [place], ...rest];
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw loomError("config-invalid", `cannot read ${file}`, { path: "", file }, { cause });
  }
}

function plainOf(make: () => unknown, fail: (problem: string) => Error): unknown {
  try {
    return make();
  } catch (cause) {
    // Aliases that refer to nothing, or that would grow without end.
    throw fail(`cannot be read: ${firstLine((cause as Error).message)}`);
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
