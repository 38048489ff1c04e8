/** Temporary folders with files in them. */

import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Folder {
  readonly path: string;
  /** The absolute path of a file in it. */
  file(name: string): string;
  write(name: string, text: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a folder of files by relative path; it goes with `await using`. */
export async function folderOf(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "loom-test-")));
  const file = (name: string) => join(path, name);
  const write = async (name: string, text: string) => {
    await mkdir(dirname(file(name)), { recursive: true });
    await writeFile(file(name), text);
    return file(name);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { path, file, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The text of a module that exports a plugin without importing anything. */
export function pluginText(kind: string, id: string, made = "{ write() {}, read() {} }"): string {
  return `export default { api: 1, kind: "${kind}", id: "${id}", make: () => (${made}) };\n`;
}

/** The text of a manifest. */
export function manifestText(baseUrl: string, variable?: string): string {
  const auth = variable === undefined ? "{ type: none }" : `{ type: bearer, env: [${variable}] }`;
  return `label: Test\ndialect: openai-chat\nbaseUrl: ${baseUrl}\nauth: ${auth}\nmodels: open\nsources: []\n`;
}
