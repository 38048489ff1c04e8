import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { parse } from "yaml";
import type { Manifest } from "../../../src/contract/manifest.ts";
import { parseManifest } from "../../../src/discovery/manifest-schema.ts";
import { LoomError } from "../../../src/errors/index.ts";

const folder = new URL("../../../plugins/providers/", import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
const texts = new Map<string, string>();
for (const name of files) {
  texts.set(name.slice(0, -".yaml".length), await readFile(new URL(name, folder), "utf8"));
}

function manifest(id: string): Manifest {
  return parseManifest(id, parse(texts.get(id) ?? ""), `plugins/providers/${id}.yaml`);
}

describe("bundled manifests", () => {
  it("are those that Loom promises", () => {
    const expected =
      "bfl cerebras deepseek fireworks groq ideogram lmstudio local minimax mistral moonshot nvidia ollama openai " +
      "openrouter perplexity qwen seedream together vllm xai zai";
    assert.deepEqual(expected.split(" ").filter((id) => !texts.has(id)), []);
  });

  for (const [id, text] of texts) {
    it(`${id} is valid, short and names its sources`, () => {
      const vendor = manifest(id);
      assert.ok(vendor.sources.length > 0, "no source");
      assert.ok(vendor.sources.every((source) => source.startsWith("https://")));
      const plain = text.replace(/^media:\n(?:(?: .*)?\n)*/m, "").trimEnd();
      assert.ok(plain.split("\n").length <= 30, "longer than 30 lines without its media");
      assert.notEqual(vendor.capabilities, undefined, "says nothing of what it can do");
      assert.equal(
        Object.isFrozen(vendor) && Object.isFrozen(vendor.auth) && Object.isFrozen(vendor.auth.env),
        true,
      );
    });
  }

  it("no two vendors share the name of a key", () => {
    const owners = new Map<string, string>();
    for (const id of texts.keys()) {
      // A second way to the same vendor takes the same key.
      const { auth, catalog: owner = id } = manifest(id);
      for (const name of auth.env ?? []) {
        const other = owners.get(name) ?? owner;
        assert.equal(other, owner, `${name} belongs to ${other} and ${id}`);
        owners.set(name, owner);
      }
    }
  });

  // What users and vendors' own documentation rely on.
  const promises: readonly [string, (vendor: Manifest) => unknown, unknown][] = [
    ["openai", (vendor) => vendor.env, { baseUrl: ["OPENAI_BASE_URL"], model: ["OPENAI_MODEL"] }],
    ["openai", (vendor) => vendor.params?.rename?.["max_tokens"], "max_completion_tokens"],
    ["openai", (vendor) => vendor.headers?.["OpenAI-Organization"], "${OPENAI_ORGANIZATION|OPENAI_ORG_ID}"],
    ["zai", (vendor) => vendor.auth.env, ["ZAI_API_KEY", "ZHIPUAI_API_KEY", "ZHIPU_API_KEY"]],
    ["zai", (vendor) => vendor.env, { baseUrl: ["ZAI_BASE_URL"], model: ["ZAI_MODEL"] }],
    ["zai", (vendor) => vendor.baseUrl, "https://open.bigmodel.cn/api/paas/v4"],
    ["xai", (vendor) => vendor.otelName, "x_ai"],
    ["mistral", (vendor) => vendor.otelName, "mistral_ai"],
    ["moonshot", (vendor) => vendor.otelName, "moonshot_ai"],
    ["local", (vendor) => vendor.env?.baseUrl, ["LOCAL_BASE_URL"]],
    ["ollama", (vendor) => vendor.auth.optional, true],
  ];
  for (const [id, read, expected] of promises) {
    it(`${id}: ${JSON.stringify(expected)}`, () => assert.deepEqual(read(manifest(id)), expected));
  }
});

const minimal = {
  label: "Acme",
  dialect: "openai-chat",
  baseUrl: "https://api.acme.example/v1",
  auth: { type: "bearer", env: ["ACME_API_KEY"] },
};

describe("parseManifest", () => {
  it("takes the least there can be", () => {
    assert.deepEqual(parseManifest("acme", minimal, "acme.yaml"), { id: "acme", ...minimal, sources: [] });
  });

  it("takes off the slash at the end of a base URL", () => {
    const vendor = parseManifest("acme", { ...minimal, baseUrl: "https://acme.example/v1/" }, "acme.yaml");
    assert.equal(vendor.baseUrl, "https://acme.example/v1");
  });

  it("leaves the caller's data alone", () => {
    const data = structuredClone(minimal);
    parseManifest("acme", data, "acme.yaml");
    assert.equal(Object.isFrozen(data), false);
  });

  const faults: readonly [string, object, RegExp][] = [
    ["an unknown key", { baseURL: "x" }, /"baseURL" is not a known key/],
    ["an unknown key inside", { usage: { cached: "/a" } }, /"usage\.cached" is not a known key/],
    ["no label", { label: undefined }, /label/],
    [
      "http to elsewhere",
      { baseUrl: "http://api.acme.example/v1" },
      /baseUrl: http: sends the key in the clear/,
    ],
    ["http to a look-alike", { baseUrl: "http://127.0.0.1.acme.example" }, /baseUrl: http: sends the key/],
    ["another scheme", { baseUrl: "file:///etc/passwd" }, /baseUrl/],
    ["a password in the address", { baseUrl: "https://me:secret@acme.example" }, /user name or password/],
    ["a query in the address", { baseUrl: "https://acme.example/v1?key=1" }, /query/],
    ["no address", { baseUrl: "acme" }, /baseUrl/],
    ["a header that is none", { headers: { "bad header": "x" } }, /not a header name/],
    ["a header Loom writes", { headers: { Authorization: "Bearer x" } }, /written by Loom itself/],
    ["a header with a line end", { headers: { "X-A": "a\r\nX-B: b" } }, /cannot carry/],
    ["a broken variable", { headers: { "X-A": "${A B}" } }, /broken \$\{VARIABLE\}/],
    [
      "a pointer that is none",
      { usage: { cachedInput: "cached_tokens" } },
      /usage\.cachedInput: is not a JSON pointer/,
    ],
    ["a path that is none", { paths: { chat: "chat" } }, /paths\.chat: is not a path/],
    ["bounds in the wrong order", { params: { clamp: { n: [2, 1] } } }, /params\.clamp\.n: .*wrong order/],
    ["an unknown error code", { errors: { codes: { "7": "oops" } } }, /errors\.codes\.7/],
    ["an error code that needs data", { errors: { codes: { "7": "stream-broken" } } }, /errors\.codes\.7/],
    ["an unknown finish", { finish: { done: "finished" } }, /finish\.done/],
    ["an unknown role", { roles: { developer: "x" } }, /roles/],
    ["header auth without its name", { auth: { type: "header", env: ["A"] } }, /auth\.header/],
    ["auth without names", { auth: { type: "bearer" } }, /auth\.env/],
    ["a name that is none", { auth: { type: "bearer", env: ["A-B"] } }, /auth\.env\.0/],
    ["no such auth", { auth: { type: "magic" } }, /auth\.type/],
    ["a source that is none", { sources: ["their docs"] }, /sources\.0/],
  ];
  for (const [name, change, message] of faults) {
    it(`refuses ${name}`, () => {
      assert.throws(() => parseManifest("acme", { ...minimal, ...change }, "x/acme.yaml"), (error) => {
        assert.ok(LoomError.is(error, "plugin-invalid"));
        assert.match(error.message, /^x\/acme\.yaml: /);
        assert.match(error.message, message);
        assert.equal(error.data.plugin, "provider/acme");
        return true;
      });
    });
  }

  for (const data of [null, undefined, [], "text", 4]) {
    it(`refuses ${JSON.stringify(data)}`, () => {
      assert.throws(
        () => parseManifest("acme", data, "acme.yaml"),
        (error) => LoomError.is(error, "plugin-invalid"),
      );
    });
  }

  it("refuses an id that a URL or a path could not carry", () => {
    for (const id of ["", "Acme", "a/b", "../a"]) {
      assert.throws(() => parseManifest(id, minimal, "f.yaml"), /cannot be an id/);
    }
  });

  it("takes http to this machine, and elsewhere when that is allowed", () => {
    for (const host of ["localhost:1", "127.0.0.1", "[::1]:8000", "127.8.8.8"]) {
      assert.equal(parseManifest("acme", { ...minimal, baseUrl: `http://${host}/v1` }, "f").id, "acme");
    }
    const data = { ...minimal, baseUrl: "http://10.0.0.7/v1" };
    assert.equal(parseManifest("acme", data, "f", { allowHttp: true }).baseUrl, "http://10.0.0.7/v1");
  });
});
