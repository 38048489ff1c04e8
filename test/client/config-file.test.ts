/** Config files: snake_case, variables, and faults that name file, line and what was expected. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { Catalog } from "../../src/catalog/index.ts";
import { parseConfig, readConfig } from "../../src/client/config-file.ts";
import type { LoomError } from "../../src/errors/index.ts";
import { fixedEnvironment } from "../../src/runtime/environment.ts";

const folder = resolve("/etc/loom");
const file = join(folder, "loom.yaml");

function parse(text: string, variables: Record<string, string> = {}) {
  return parseConfig(text, file, fixedEnvironment(variables)) as Record<string, unknown>;
}

describe("a config file gives", () => {
  const cases: readonly (readonly [string, string, Record<string, unknown>])[] = [
    ["nothing for an empty file", "", {}],
    ["nothing for comments", "# later\n", {}],
    ["nothing for a document without content", "---\n", {}],
    ["options in camelCase", "local_currency: EUR\nlocal_to_usd: 1.08\n", {
      localCurrency: "EUR",
      localToUsd: 1.08,
    }],
    ["nested options in camelCase", "retry: { max_attempts: 3, base_delay_ms: 500 }", {
      retry: { maxAttempts: 3, baseDelayMs: 500 },
    }],
    ["options in camelCase as they are", "retry: { maxAttempts: 3 }", { retry: { maxAttempts: 3 } }],
    ["how much is recorded", "capture: { level: full, max_bytes: 9 }", {
      capture: { level: "full", maxBytes: 9 },
    }],
    ["switches", "retry: false\ndedup: true\nbreaker: false\nplugin_folder: false", {
      retry: false,
      dedup: true,
      breaker: false,
      pluginFolder: false,
    }],
    ["variables' names as they are", "api_keys: { OPENAI_API_KEY: a, my_key: b }", {
      apiKeys: { OPENAI_API_KEY: "a", my_key: "b" },
    }],
    [
      "providers' names as they are, their fields in camelCase",
      "providers: { my_eu: { base_url: 'https://a.test', api_key: k } }",
      {
        providers: { my_eu: { baseUrl: "https://a.test", apiKey: "k" } },
      },
    ],
    ["headers as they are", "providers: { a: { headers: { x_team: b } } }", {
      providers: { a: { headers: { x_team: "b" } } },
    }],
    [
      "params as they are, to any depth",
      "providers: { a: { options: { params: { response_format: { json_schema: { a_b: [{ c_d: 1 }] } } } } } }",
      {
        providers: {
          a: { options: { params: { response_format: { json_schema: { a_b: [{ c_d: 1 }] } } } } },
        },
      },
    ],
    ["lists of plugins", "sinks: [{ type: sqlite, max_rows: 5 }]", {
      sinks: [{ type: "sqlite", maxRows: 5 }],
    }],
    [
      "no gateway keys",
      "ai_gateway: { enabled: yes, keys: ['${NOT_SET}'] }\nroutes: [1]\nlocal_currency: EUR",
      {
        localCurrency: "EUR",
      },
    ],
    ["aliases resolved", "providers:\n  a: &x { api_key: k }\n  b: *x\n", {
      providers: { a: { apiKey: "k" }, b: { apiKey: "k" } },
    }],
  ];
  for (const [title, text, expected] of cases) {
    it(title, () => assert.deepEqual(parse(text), expected));
  }

  it("paths relative to itself", () => {
    const { plugins, pluginFolder, catalog } = parse(
      "plugins: [./a.ts, ../b.yaml, npm-name, '@scope/name']\nplugin_folder: mine\ncatalog: models.yaml\n",
    );
    assert.deepEqual(plugins, [join(folder, "a.ts"), join(folder, "../b.yaml"), "npm-name", "@scope/name"]);
    assert.equal(pluginFolder, join(folder, "mine"));
    assert.ok(catalog instanceof Catalog);
  });
});

describe("variables in a config file", () => {
  for (
    const [text, expected] of [
      ["${A}", "1"],
      ["a-${A}-${B}", "a-1-2"],
      ["${NONE:-x}", "x"],
      ["${NONE:-}", ""],
      ["${A:-x}", "1"],
      ["${EMPTY:-x}", "x"],
      ["${NONE:-a b/c:d}", "a b/c:d"],
      ["$A ${ A } ${", "$A ${ A } ${"],
      ["${SHAPE}", "${A}"],
    ] as const
  ) {
    it(`${text} is "${expected}"`, () => {
      const variables = { A: "1", B: "2", EMPTY: "", SHAPE: "${A}" };
      assert.deepEqual(parse(`local_currency: "${text}"`, variables), { localCurrency: expected });
    });
  }

  it("are filled in at any depth", () => {
    assert.deepEqual(parse("sinks: [{ type: a, list: [{ b: '${A}' }] }]", { A: "1" }), {
      sinks: [{ type: "a", list: [{ b: "1" }] }],
    });
  });
});

describe("a config file is refused", () => {
  const cases: readonly (readonly [string, string, number, string, RegExp])[] = [
    ["that is no map", "- a\n", 1, "", /must be a map of options/],
    ["that is a text", "hello\n", 1, "", /must be a map of options/],
    ["that is no YAML", "retry:\n  max_attempts: 3\n max: [\n", 3, "", /./],
    ["with a key twice", "local_currency: A\nretry: false\nlocal_currency: B\n", 3, "", /unique/],
    [
      "with an unknown option",
      "# hello\n\nretries: 3\n",
      3,
      "retries",
      /is not an option; options are api_keys, vault/,
    ],
    [
      "with an unknown option of a deadline",
      "timeouts:\n  connect_ms: 1\n  first_ms: 2\n",
      3,
      "timeouts.first_ms",
      /deadlines are connect_ms/,
    ],
    [
      "with an unknown field of a provider",
      "providers:\n  my_Eu:\n    url: x\n",
      3,
      "providers.my_Eu.url",
      /fields are type, base_url/,
    ],
    ["with a wrong type", "local_currency: EUR\nlocal_to_usd: '1'\n", 2, "local_to_usd", /must be a number/],
    [
      "with a wrong value in a provider",
      "providers:\n  a_b:\n    base_url: nowhere/aB\n",
      3,
      "providers.a_b.base_url",
      /must be a URL, but is "nowhere\/aB"/,
    ],
    [
      "with a wrong entry of a list",
      "sinks:\n  - type: log\n  - path: x\n",
      3,
      "sinks[1]",
      /must be \{ type/,
    ],
    [
      "with an empty key",
      "api_keys:\n  A: x\n  OPENAI_API_KEY: ''\n",
      3,
      "api_keys.OPENAI_API_KEY",
      /must be a key/,
    ],
    ["with what only code can give", "retry: false\nprovide: []\n", 2, "provide", /only be given in code/],
    [
      "with a variable that is not set",
      "api_keys:\n  A: x\n  B: ${B_KEY}\n",
      3,
      "api_keys.B",
      /needs the variable B_KEY.*\$\{B_KEY:-default\}/,
    ],
    [
      "with a variable that is not set in a list",
      "sinks:\n  - type: a\n  - type: b\n    url: ${URL}\n",
      4,
      "sinks[1].url",
      /needs the variable URL/,
    ],
    [
      "with aliases without end",
      `a: &a [x]\n${
        "bcdefghi".split("").map((one, index) => `${one}: &${one} [${`*${"abcdefgh"[index]},`.repeat(9)}]`)
          .join("\n")
      }\n`,
      1,
      "",
      /alias/i,
    ],
  ];
  for (const [title, text, line, path, message] of cases) {
    it(title, () => {
      assert.throws(() => parse(text), (error: LoomError) => {
        assert.equal(error.code, "config-invalid", String(error));
        assert.deepEqual(error.data, { path, file, line }, error.message);
        assert.ok(error.message.startsWith(`${file}:${line}: ${path}`), error.message);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe("readConfig", () => {
  it("reads a file, or says which one it cannot read", async () => {
    const place = await mkdtemp(join(tmpdir(), "loom-config-"));
    const path = join(place, "loom.yaml");
    try {
      await writeFile(path, "local_currency: ${CURRENCY}\nplugins: [./a.ts]\n");
      assert.deepEqual(await readConfig(path, fixedEnvironment({ CURRENCY: "EUR" })), {
        localCurrency: "EUR",
        plugins: [join(place, "a.ts")],
      });
      await assert.rejects(
        readConfig(join(place, "other.yaml"), fixedEnvironment({})),
        (error: LoomError) => {
          assert.equal(error.code, "config-invalid");
          assert.match(error.message, /cannot read .*other\.yaml/);
          return true;
        },
      );
    } finally {
      await rm(place, { recursive: true });
    }
  });
});
