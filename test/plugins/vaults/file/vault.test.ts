/** The vault `file`: a file per secret, or one for all, that nobody else may read. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, rm, symlink } from "node:fs/promises";
import { platform } from "node:os";
import { after, before, beforeEach, describe, it, test } from "node:test";
import plugin from "../../../../plugins/vaults/file/index.ts";
import type { Vault } from "../../../../src/plugin.ts";
import { vaultSuite } from "../../../../src/testing.ts";
import { failureOf } from "../../../support/failure.ts";
import { type Folder, folderOf } from "../../../support/folder.ts";
import { complaintsOf, optionsOf } from "../../../support/options.ts";
import { useOf } from "../../../support/use.ts";

const NAME = "ACME_API_KEY";
const onWindows = platform() === "win32";

let folder: Folder;
before(async () => folder = await folderOf());
after(() => folder[Symbol.asyncDispose]());
beforeEach(async () => {
  await rm(folder.path, { recursive: true });
  await mkdir(folder.path);
});

/** Writes a file that only its owner may read, unless the mode says otherwise. */
async function put(name: string, text: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = await folder.write(name, text as string);
  await chmod(path, mode);
  return path;
}

async function open(given: Readonly<Record<string, unknown>> = { directory: folder.path }): Promise<Vault> {
  return await plugin.make(useOf(), optionsOf(plugin, given));
}

async function read(given?: Readonly<Record<string, unknown>>, name = NAME): Promise<string | undefined> {
  return await (await open(given)).read(name, new AbortController().signal);
}

for (const file of ["keys.json", ".env"]) {
  vaultSuite(
    (name, body) => test(`${name} (${file})`, body),
    async () =>
      open({ path: await put(file, file === ".env" ? `${NAME}="sk-suite"\n` : `{"${NAME}":"sk-suite"}`) }),
    {
      present: { name: NAME, value: "sk-suite" },
      broken: async () => open({ path: await put("half.json", `{"${NAME}":"sk-suite"`) }),
    },
  );
}
vaultSuite(
  (name, body) => test(`${name} (directory)`, body),
  async () => {
    await put(NAME, "sk-suite\n");
    return open();
  },
  { present: { name: NAME, value: "sk-suite" }, broken: () => open({ directory: folder.file("nowhere") }) },
);

describe("a directory of secrets", () => {
  for (
    const [what, text, expected] of [
      ["without its line end", "sk-file\n", "sk-file"],
      ["without Windows' line end", "sk-file\r\n", "sk-file"],
      ["with its own line ends and spaces", " line one\nline two \n", " line one\nline two "],
      ["without the mark of its encoding", "\ufeffsk-file", "sk-file"],
      ["empty", "", ""],
    ] as const
  ) {
    it(`gives a secret ${what}`, async () => {
      await put(NAME, text);
      assert.equal(await read(), expected);
    });
  }

  it("may be links, as Kubernetes makes them", async () => {
    await put("..2026_01_01/ACME_API_KEY", "sk-linked");
    await symlink("..2026_01_01", folder.file("..data"), "dir");
    await symlink("..data/ACME_API_KEY", folder.file(NAME), "file");
    assert.equal(await read(), "sk-linked");
    assert.equal(await read(undefined, "..data"), undefined);
  });

  it("is read anew each time", async () => {
    await put(NAME, "one");
    const vault = await open();
    const signal = new AbortController().signal;
    assert.equal(await vault.read(NAME, signal), "one");
    await put(NAME, "two");
    assert.equal(await vault.read(NAME, signal), "two");
  });

  it("is never left", async () => {
    await put("outside", "sk-outside");
    await mkdir(folder.file("inside"));
    for (const name of ["../outside", "..\\outside", "/etc/passwd", "a/../../outside", ".", "..", "a\0b"]) {
      assert.equal(await read({ directory: folder.file("inside") }, name), undefined, name);
    }
  });

  it("that is not there is an error, not an absent secret", async () => {
    const error = await failureOf(read({ directory: folder.file("nowhere") }), "permission-denied");
    assert.match(error.message, /cannot read .*nowhere.*ENOENT/);
  });

  for (
    const [what, make, message] of [
      ["too large", () => put(NAME, "x".repeat(64 * 1024 + 1)), /larger than 65536 bytes/],
      ["no text", () => put(NAME, new Uint8Array([0xff, 0xfe, 0x00])), /no UTF-8 text/],
      ["a directory", () => mkdir(folder.file(NAME)), /is no file/],
    ] as const
  ) {
    it(`takes no secret that is ${what}`, async () => {
      await make();
      assert.match((await failureOf(read(), "config-invalid")).message, message);
    });
  }
});

describe("modes", () => {
  for (
    const [mode, fits] of [[0o600, true], [0o400, true], [0o700, true], [0o640, false], [0o604, false], [
      0o620,
      false,
    ], [0o444, false]] as const
  ) {
    it(`${mode.toString(8)} ${fits ? "are taken" : "are refused with the fix"}`, async () => {
      const path = await put(NAME, "sk", mode);
      if (fits || onWindows) return assert.equal(await read(), "sk");
      const error = await failureOf(read(), "permission-denied");
      assert.ok(error.message.includes(`(mode ${mode.toString(8)}); run: chmod 600 ${path}`), error.message);
      assert.equal(await read({ directory: folder.path, allowLooseModes: true }), "sk");
    });
  }

  it("of the one file are looked at as well", async () => {
    const path = await put(".env", `${NAME}=sk`, 0o644);
    if (onWindows) return;
    assert.match((await failureOf(read({ path }), "permission-denied")).message, /chmod 600/);
  });

  it("a pipe in the place of a secret does not hang", async () => {
    if (onWindows) return;
    execFileSync("mkfifo", ["-m", "600", folder.file(NAME)]);
    assert.match((await failureOf(read(), "config-invalid")).message, /is no file/);
  });
});

describe("one file of secrets", () => {
  for (
    const [what, file, text, expected] of [
      ["JSON", "keys.json", `{"${NAME}":"sk-json","OTHER":"no"}`, "sk-json"],
      ["lines", "keys.env", `# keys\nexport ${NAME}='sk lines'\nOTHER=no\n`, "sk lines"],
      ["JSON without it", "keys.json", '{"OTHER":"no"}', undefined],
      ["lines without it", "keys", "OTHER=no", undefined],
    ] as const
  ) {
    it(`may be ${what}`, async () => {
      assert.equal(await read({ path: await put(file, text) }), expected);
    });
  }

  for (
    const [what, text, message] of [
      ["is half a file", `{"${NAME}":"sk-hidden`, /is not JSON/],
      ["is a list", '["sk-hidden"]', /no JSON object/],
      ["holds no text", `{"${NAME}":{"a":"sk-hidden"}}`, /ACME_API_KEY is no text/],
    ] as const
  ) {
    it(`that ${what} is an error that quotes nothing`, async () => {
      const error = await failureOf(read({ path: await put("keys.json", text) }), "config-invalid");
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.stack} ${error.cause}`, /sk-hid/);
    });
  }

  it("must be there", async () => {
    await failureOf(read({ path: folder.file("nowhere.json") }), "permission-denied");
  });
});

describe("options", () => {
  for (const given of [{}, { directory: "a", path: "b" }]) {
    it(`${JSON.stringify(given)} do not say where the secrets are`, () => {
      assert.match(complaintsOf(plugin, given).join(), /must say where the secrets are/);
    });
  }
});
