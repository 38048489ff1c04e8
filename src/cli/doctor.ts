/** `loom doctor`: the resolved chain, the plugins with their origin, and which keys are there. */

import type { Command } from "commander";
import { Loom } from "../client/loom.ts";
import type { Engine } from "../client/engine.ts";
import { hostName } from "../runtime/host.ts";
import { version } from "../runtime/version.ts";
import { print } from "./print.ts";

/** What doctor found. */
export interface Diagnosis {
  readonly loom: string;
  readonly host: string;
  readonly chain: readonly { readonly stage: string; readonly name: string }[];
  readonly plugins: readonly { readonly kind: string; readonly id: string; readonly origin: string }[];
  readonly providers: readonly ProviderDiagnosis[];
}

export interface ProviderDiagnosis {
  readonly id: string;
  /** `code`, `environment`, `vault`, `missing` or `not needed`. */
  readonly key: string;
  readonly names: readonly string[];
  readonly optional: boolean;
  /** What it works with where there is no key. */
  readonly credentials?: string;
  /** Why it cannot be used, when it cannot even be made. */
  readonly fault?: string;
}

export function doctorCommand(program: Command): void {
  program.command("doctor")
    .description("show the resolved chain, the plugins and their origin, and which keys are missing")
    .option("-c, --config <file>", "a loom.yaml; default: the environment alone")
    .option("--json", "print JSON")
    .action(async (options: { readonly config?: string; readonly json?: boolean }) => {
      await using loom = options.config === undefined
        ? Loom.fromEnv()
        : await Loom.fromConfig(options.config);
      const diagnosis = await diagnose(await loom.engine());
      await print(options.json ? JSON.stringify(diagnosis, null, 2) + "\n" : render(diagnosis));
    });
}

/** Looks at an opened Loom without calling anybody. */
export async function diagnose({ order, opened }: Engine): Promise<Diagnosis> {
  const { providers, registry } = opened;
  return {
    loom: version(),
    host: hostName(),
    chain: order.map(({ stage, name }) => ({ stage, name })),
    plugins: registry.list().map(({ kind, id, origin }) => ({ kind, id, origin })),
    providers: await Promise.all(
      providers.ids().map(async (id): Promise<ProviderDiagnosis> => {
        try {
          const { origin, ...rest } = await providers.keyOrigin(id);
          return { id, key: origin, ...rest };
        } catch (error) {
          return { id, key: "missing", names: [], optional: false, fault: (error as Error).message };
        }
      }),
    ),
  };
}

function render({ loom, host, chain, plugins, providers }: Diagnosis): string {
  const lines = [`loom ${loom} on ${host}`, "", "Chain, outermost first"];
  for (const { stage, name } of chain) lines.push(`  ${name === stage ? stage : `${stage}: ${name}`}`);
  lines.push("", "Plugins");
  const kinds = Map.groupBy(plugins, ({ kind }) => kind);
  for (const [kind, list] of kinds) {
    const bundled = list.filter(({ origin }) => origin === "bundled").map(({ id }) => id);
    if (bundled.length > 0) lines.push(`  ${kind.padEnd(11)} ${bundled.sort().join(", ")} (bundled)`);
    for (const { id, origin } of list) {
      if (origin !== "bundled") lines.push(`  ${kind.padEnd(11)} ${id} (${origin})`);
    }
  }
  lines.push("", "Keys");
  const width = Math.max(11, ...providers.map(({ id }) => id.length));
  for (const provider of providers) lines.push(`  ${provider.id.padEnd(width)} ${keyLine(provider)}`);
  const ready = providers.filter(({ key, optional }) => key !== "missing" || optional).length;
  lines.push("", `${ready} of ${providers.length} providers can be called.`, "");
  return lines.join("\n");
}

function keyLine({ key, names, optional, credentials, fault }: ProviderDiagnosis): string {
  if (fault !== undefined) return `not set up: ${fault}`;
  const without = credentials === undefined ? "needs no key" : `uses ${credentials}, not looked for here`;
  if (key === "not needed") return without;
  if (key === "missing") return optional ? without : `missing: set ${names.join(" or ")}`;
  return key === "vault" ? `would be asked of the vault (${names.join(", ")})` : `from ${key}`;
}
