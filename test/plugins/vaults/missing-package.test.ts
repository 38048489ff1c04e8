/** A vault whose SDK is not installed says so, with the command that installs it: tried where there really is none. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Folder, folderOf } from "../../support/folder.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const packages = {
  "aws-secrets-manager": "@aws-sdk/client-secrets-manager",
  "gcp-secret-manager": "@google-cloud/secret-manager",
};

const program = (id: string) => `
  import { Loom } from "./src/index.ts";
  const loom = new Loom({ pluginFolder: false, vault: { type: "${id}", ${
  id.startsWith("gcp") ? 'project: "p"' : 'region: "eu-central-1"'
} } });
  await loom.generate({ model: "openai/gpt-4o-mini", prompt: "hi" }).catch((error) => {
    console.log(error.code + " " + error.message);
  });
  await loom.close();
`;

/** Loom's source with the packages that every installation has, and no others. */
let folder: Folder;
before(async () => {
  folder = await folderOf({ "package.json": '{ "type": "module" }' });
  for (const name of ["src", "plugins", "catalog", "package.json"]) {
    await cp(join(root, name), folder.file(name), { recursive: true });
  }
  await mkdir(folder.file("node_modules"));
  for (
    const name of [
      "zod",
      "undici",
      "tsyringe",
      "tslib",
      "reflect-metadata",
      "yaml",
      "opossum",
      "lru-cache",
      "keyv",
    ]
  ) {
    await symlink(join(root, "node_modules", name), folder.file(join("node_modules", name)), "dir");
  }
});
after(() => folder[Symbol.asyncDispose]());

/** Runs a program on the runtime of this test; keys of this machine stay out of it. */
function run(file: string): Promise<string> {
  const onDeno = (process.versions as { readonly deno?: string }).deno !== undefined;
  const loader = new URL("../../../node_modules/tsx/dist/loader.mjs", import.meta.url).href;
  const args = onDeno ? ["run", "-A", "--no-check", file] : ["--import", loader, file];
  const { PATH = "", HOME = "" } = process.env;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder.path, env: { PATH, HOME } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`${error.message}\n${stderr}`));
    });
  });
}

describe("without its package", () => {
  for (const [id, name] of Object.entries(packages)) {
    it(`the vault ${id} names the command`, async () => {
      const file = await folder.write(`${id}.ts`, program(id));
      assert.equal(
        await run(file),
        `plugin-invalid vault "${id}" needs the package ${name}, which is not installed; run: npm install ${name}`,
      );
    });
  }
});
