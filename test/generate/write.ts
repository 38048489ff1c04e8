/** Writes every generated file: `npm run generate`. A file that nobody generates any more is not removed. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { generateCatalog } from "./catalog.ts";
import { generateDashboard } from "./dashboard.ts";
import { generateGatewaySchema } from "./gateway-schema.ts";
import { generatePlugins } from "./plugins.ts";
import { generateProviders } from "./providers.ts";

/** Each gives relative path -> content. */
const generators: readonly (() => Promise<Record<string, string>>)[] = [
  generateCatalog,
  generateDashboard,
  generateGatewaySchema,
  generatePlugins,
  generateProviders,
];

const root = new URL("../../", import.meta.url);

for (const generate of generators) {
  for (const [path, content] of Object.entries(await generate())) {
    const file = new URL(path, root);
    const before = await readFile(file, "utf8").catch(() => undefined);
    if (before === content) continue;
    await mkdir(new URL(".", file), { recursive: true });
    await writeFile(file, content);
    console.log(`wrote ${path}`);
  }
}
