/** Writes the dashboard's page into a module, so that it is part of the program wherever that runs from. */

import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const folder = new URL("../../src/dashboard/page/", import.meta.url);
const shipped = /\.(?:html|css|js|svg)$/;

/** Path from the root of the repository -> text of the file. */
export async function generateDashboard(): Promise<Record<string, string>> {
  const names = (await readdir(fileURLToPath(folder))).filter((name) => shipped.test(name)).sort();
  const entries = await Promise.all(names.map(async (name) => {
    const lines = (await readFile(new URL(name, folder), "utf8")).split("\n");
    return `  ${JSON.stringify(name)}: [\n${
      lines.map((line) => `    ${JSON.stringify(line)},\n`).join("")
    }  ].join("\\n"),\n`;
  }));
  const text = `/** The files of the dashboard's page. Made by \`npm run generate\`; a test keeps it fresh. */
// deno-fmt-ignore-file

/** By name. */
export const files: Readonly<Record<string, string>> = {
${entries.join("")}};
`;
  return { "src/dashboard/page/_index.ts": text };
}
