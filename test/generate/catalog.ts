/** Generates the compiled catalog: one JSON file per vendor, the index of lazy imports, and the list of names. */

import { readdir, readFile } from "node:fs/promises";
import type { VendorCatalog } from "../../src/contract/catalog.ts";
import { compileCatalog, compileEquivalents } from "../../src/catalog/compile.ts";
import { defaultRates } from "../../src/catalog/currency.ts";
import { indexVendor } from "../../src/catalog/vendor-index.ts";

const root = new URL("../../", import.meta.url);

/** Vendors that serve other makers' models come after the makers; a bare name then means the maker's own. */
const resellers: readonly string[] = [
  "vertex",
  "bedrock",
  "groq",
  "cerebras",
  "together",
  "fireworks",
  "nvidia",
  "openrouter",
  "ollama",
  "sandbox",
];

/** What `catalog/` must hold beside its YAML: relative path -> content. @throws where the YAML is wrong */
export async function generateCatalog(): Promise<Record<string, string>> {
  const vendors = await compileVendors();
  const file = "catalog/equivalents.yaml";
  const equivalents = await compileEquivalents(await read(file), file);
  checkEquivalents(equivalents, vendors);
  const files: Record<string, string> = {};
  for (const vendor of vendors) files[`catalog/_compiled/${vendor.provider}.json`] = vendorJson(vendor);
  files["catalog/_compiled/names.json"] = namesJson(vendors);
  files["catalog/_index.ts"] = indexSource(vendors, equivalents);
  return files;
}

/** Every bundled vendor, compiled, in catalog order. */
export async function compileVendors(): Promise<readonly VendorCatalog[]> {
  const names = (await readdir(new URL("catalog/", root)))
    .filter((name) => name.endsWith(".yaml") && name !== "equivalents.yaml").sort();
  const vendors = await Promise.all(names.map(async (name) => {
    const file = `catalog/${name}`;
    const [vendor, ...others] = await compileCatalog(await read(file), file, defaultRates);
    if (vendor === undefined || others.length > 0 || `${vendor.provider}.yaml` !== name) {
      throw new Error(`${file} must hold exactly one vendor, named like the file`);
    }
    return vendor;
  }));
  const rank = (vendor: VendorCatalog): number => resellers.indexOf(vendor.provider);
  return vendors.sort((a, b) => rank(a) - rank(b) || (a.provider < b.provider ? -1 : 1));
}

function checkEquivalents(
  equivalents: Readonly<Record<string, readonly string[]>>,
  vendors: readonly VendorCatalog[],
): void {
  const names = new Set(
    vendors.flatMap((vendor) =>
      vendor.models.flatMap((entry) =>
        [entry.id, ...entry.aliases ?? []].map((name) => `${vendor.provider}/${name}`)
      )
    ),
  );
  for (const [name, others] of Object.entries(equivalents)) {
    for (const one of [name, ...others]) {
      if (!names.has(one)) throw new Error(`catalog/equivalents.yaml: the catalog has no model ${one}`);
    }
  }
}

/** One model a line, so that a changed price is a changed line. */
function vendorJson(vendor: VendorCatalog): string {
  const models = vendor.models.map((entry) => JSON.stringify(entry)).join(",\n");
  return `{"provider":${JSON.stringify(vendor.provider)},"label":${
    JSON.stringify(vendor.label)
  },"models":[\n${models}\n]}\n`;
}

function namesJson(vendors: readonly VendorCatalog[]): string {
  const owners = new Map<string, string[]>();
  for (const vendor of vendors) {
    for (const name of new Set(indexVendor(vendor).names())) {
      owners.set(name, [...owners.get(name) ?? [], vendor.provider]);
    }
  }
  const lines = [...owners].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, ids]) => `${JSON.stringify(name)}:${JSON.stringify(ids)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

function indexSource(
  vendors: readonly VendorCatalog[],
  equivalents: Readonly<Record<string, readonly string[]>>,
): string {
  const loaders = vendors.map(({ provider }) =>
    `  ${JSON.stringify(provider)}: () => import("./_compiled/${provider}.json", { with: { type: "json" } }),`
  );
  const lists = Object.entries(equivalents).map(([name, others]) =>
    `  ${JSON.stringify(name)}: [\n${others.map((other) => `    ${JSON.stringify(other)},\n`).join("")}  ],`
  );
  return `/** Generated from catalog/*.yaml by \`npm run generate\`; edit those. */
// deno-fmt-ignore-file

/** A bundled vendor's models, read when they are first asked for. In catalog order. */
export const vendors: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>> = {
${loaders.join("\n")}
};

/** Every name of every bundled model -> the vendors that have it. */
export async function loadNames(): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = await import("./_compiled/names.json", { with: { type: "json" } });
  return names.default as unknown as Readonly<Record<string, readonly string[]>>;
}

/** Model -> models of other vendors that can stand in for it, best first. */
export const equivalents: Readonly<Record<string, readonly string[]>> = {
${lists.join("\n")}
};
`;
}

function read(file: string): Promise<string> {
  return readFile(new URL(file, root), "utf8");
}
