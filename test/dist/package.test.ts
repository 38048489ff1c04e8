/** The package as users get it: built, packed, installed in an empty project, and used from there on both runtimes. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const doors = ["loom-router", "loom-router/gateway", "loom-router/plugin", "loom-router/testing"];

let folder: string;
let project: string;
let files: readonly string[];
let packed: {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
};

/** Runs a program and gives what it wrote. @throws with all its output when it fails */
function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  // npm needs the machine's settings (proxy, registry, certificates); the rest runs as in a fresh shell, without keys.
  const kept = ["PATH", "HOME", "TMPDIR", "DENO_DIR"];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      command === "npm" ? name !== "NODE_TEST_CONTEXT" : kept.includes(name)
    ),
  );
  env["PATH"] = `${bin}:${env["PATH"]}`;
  const options = { cwd, env, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(" ")}: ${error.message}\n${stdout}\n${stderr}`));
    });
  });
}

async function write(name: string, text: string): Promise<string> {
  const path = join(project, name);
  await writeFile(path, text);
  return path;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "loom-package-"));
  project = join(folder, "project");
  await mkdir(project);
  await run("npm", ["run", "build"], root);
  const [report] = JSON.parse(await run("npm", ["pack", "--json", "--pack-destination", folder], root));
  files = (report.files as { path: string }[]).map(({ path }) => path);
  packed = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  await write("package.json", JSON.stringify({ name: "empty-project", private: true, type: "module" }));
  await run("npm", ["install", join(folder, report.filename), "--no-audit", "--no-fund"], project);
}, { timeout: 180_000 });
after(() => rm(folder, { recursive: true, force: true }));

describe("the packed files", () => {
  it("are what users need", () => {
    const needed = [
      "package.json",
      "README.md",
      "CHANGELOG.md",
      "LICENSE",
      "dist/src/index.js",
      "dist/src/index.d.ts",
      "dist/src/plugin.js",
      "dist/src/testing.js",
      "dist/src/cli.js",
      "dist/src/dashboard/page/_index.js",
      "dist/plugins/_index.js",
      "dist/plugins/dialects/openai-chat/index.js",
      "dist/plugins/providers/sandbox/index.js",
      "dist/plugins/caches/memory/index.js",
      "dist/plugins/caches/redis/index.js",
      "dist/plugins/sinks/log/index.js",
      "dist/catalog/_compiled/openai.json",
      "dist/catalog/_compiled/names.json",
    ];
    assert.deepEqual(needed.filter((file) => !files.includes(file)), []);
  });

  it("are nothing else: no tests, no sources, nothing of this machine", () => {
    const expected =
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/(src|plugins|catalog)\/.+\.(js|d\.ts|json))$/;
    assert.deepEqual(files.filter((file) => !expected.test(file)), []);
    assert.deepEqual(
      files.filter((file) => /\.test\.|(^|\/)test\/|examples|node_modules|\.env/.test(file)),
      [],
    );
  });

  it("have a type for every module", () => {
    const modules = files.filter((file) => file.endsWith(".js")).map((file) => file.slice(0, -3));
    assert.deepEqual(modules.filter((file) => !files.includes(`${file}.d.ts`)), []);
  });

  it("import nothing that is not there", async () => {
    const installed = join(project, "node_modules", "loom-router");
    const packageFile = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    // What a plugin asks for when it is made; whoever has not installed it is told how.
    const dependencies = { ...packageFile.peerDependencies, ...packageFile.dependencies };
    const missing: string[] = [];
    for (const file of files.filter((one) => /\.(js|d\.ts)$/.test(one))) {
      const text = await readFile(join(installed, file), "utf8");
      for (const [, name = ""] of text.matchAll(/(?<!["\w])(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
        if (name.startsWith("node:") || isComment(text, name)) continue;
        if (name.startsWith(".")) {
          const path = join(
            installed,
            file,
            "..",
            name.replace(/\.ts$/, file.endsWith(".d.ts") ? ".d.ts" : ".ts"),
          );
          await access(path).catch(() => missing.push(`${file}: ${name}`));
          continue;
        }
        const owner = name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/");
        if (dependencies[owner] === undefined && owner !== "loom-router") missing.push(`${file}: ${name}`);
      }
    }
    assert.deepEqual(missing, []);
  });

  it("hold a program that can be started", async () => {
    const cli = packed.bin["loom"] ?? "";
    assert.ok(files.includes(cli), cli);
    assert.match(
      await readFile(join(project, "node_modules", "loom-router", cli), "utf8"),
      /^#!\/usr\/bin\/env node\n/,
    );
  });
});

/** Whether an import stands in an example of the documentation. */
function isComment(text: string, name: string): boolean {
  return text.split("\n").filter((line) => line.includes(`"${name}"`)).every((line) =>
    /^\s*(\*|\/\/)/.test(line)
  );
}

const calls = (from: (door: string) => string) => `
  import { generate, stream, Loom } from "${from("loom-router")}";
  import { definePlugin } from "${from("loom-router/plugin")}";
  import { startFakeVendor } from "${from("loom-router/testing")}";
  const result = await generate({ provider: "sandbox", model: "sandbox-small", prompt: "Say hi." });
  let text = "";
  for await (const piece of stream({ model: "sandbox/sandbox-small", prompt: "Say hi." }).textStream) text += piece;
  const vendor = await startFakeVendor();
  const loom = new Loom({
    cache: { type: "memory" },
    sinks: [{ type: "log", format: "json" }],
    providers: { openai: { baseUrl: vendor.url, apiKey: "sk-test" } },
  });
  const real = await loom.generate({ provider: "openai", model: "gpt-4o-mini", prompt: "Say hi." });
  const { dialect } = (await loom.engine()).opened.registry.manifest("mistral");
  await loom.close();
  await vendor.close();
  console.log(JSON.stringify({
    kind: result.kind, same: text === result.text, usd: result.cost.usd,
    real: [real.text, real.cost.usd], dialect, make: typeof definePlugin,
  }));
`;

function assertCalled(output: string): void {
  const said = JSON.parse(output.trim().split("\n").at(-1) ?? "");
  assert.ok(said.usd > 0, output);
  assert.deepEqual({ ...said, usd: 1 }, {
    kind: "text",
    same: true,
    usd: 1,
    real: ["Hello from the fake vendor.", (7 * 0.15 + 5 * 0.6) / 1e6],
    dialect: "openai-chat",
    make: "function",
  });
}

describe("the installed package", () => {
  it("works on Node", async () => {
    const program = await write("program.mjs", calls((door) => door));
    assertCalled(await run(join(bin, "node"), [program], project));
  });

  it("works on Deno, through npm: specifiers", async () => {
    await write("deno.json", JSON.stringify({ nodeModulesDir: "manual" }));
    const specifier = (door: string) => door.replace(/^loom-router/, `npm:loom-router@${packed.version}`);
    const program = await write(
      "program.ts",
      calls(specifier).replace('manifest("mistral")', 'manifest("mistral")!'),
    );
    assertCalled(await run(join(bin, "deno"), ["run", "--allow-all", "--no-remote", program], project));
  });

  it("shows its dashboard, the chart library included, on both", async () => {
    const program = (from: (door: string) => string) => `
      import { Loom } from "${from("loom-router")}";
      import { createDashboard } from "${from("loom-router/gateway")}";
      const loom = new Loom({ sinks: [{ type: "memory" }] });
      await loom.generate({ provider: "sandbox", model: "sandbox-small", prompt: "Say hi." });
      const { fetch, close } = createDashboard({ loom });
      const read = async (path) => (await fetch(new Request("http://localhost/" + path))).text();
      const page = await read("");
      const files = [...page.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, file]) => file);
      const texts = await Promise.all(files.map(read));
      const { calls } = JSON.parse(await read("api/calls"));
      console.log(files.length > 4, texts.every((text) => text.length > 300), calls.length);
      close();
      await loom.close();`;
    const onNode = await write("dashboard.mjs", program((door) => door));
    assert.equal((await run(join(bin, "node"), [onNode], project)).trim(), "true true 1");
    await write("deno.json", JSON.stringify({ nodeModulesDir: "manual" }));
    const versioned = program((door) => door.replace(/^loom-router/, `npm:loom-router@${packed.version}`));
    const onDeno = await write("dashboard.js", versioned);
    const output = await run(join(bin, "deno"), ["run", "--allow-all", "--no-remote", onDeno], project);
    assert.equal(output.trim(), "true true 1");
  });

  it("type-checks on Deno", async () => {
    const program = await write("checked.ts", typed.replaceAll(/"(loom-router[^"]*)"/g, `"npm:$1"`));
    await run(join(bin, "deno"), ["check", program], project);
  });

  it("gives its own program", async () => {
    const output = await run("npx", ["--no-install", "loom", "doctor"], project);
    assert.match(output, new RegExp(`^loom ${packed.version.replaceAll(".", "\\.")} on node `));
    assert.match(output, /adapter/);
    assert.match(output, /openai\s+missing: set OPENAI_API_KEY/);
    assert.match(output, /cache\s+memory, redis \(bundled\)/);
    assert.equal((await run("npx", ["--no-install", "loom", "--version"], project)).trim(), packed.version);
  });

  it("loads a project's plugins: by path, from its folder, and as a package", async () => {
    await mkdir(join(project, "plugins", "providers"), { recursive: true });
    await mkdir(join(project, "node_modules", "loom-sink-paper"), { recursive: true });
    await write(
      "plugins/providers/newco.yaml",
      "label: NewCo\ndialect: openai-chat\nbaseUrl: https://api.newco.example/v1\nauth: { type: bearer, env: [NEWCO_KEY] }\nsources: []\n",
    );
    const plugin = (kind: string, id: string, made: string) =>
      `import { definePlugin } from "loom-router/plugin";\nexport default definePlugin({ api: 1, kind: "${kind}", id: "${id}", make: () => (${made}) });\n`;
    await write("vault.mjs", plugin("vault", "mine", '{ read: async () => "sk-1" }'));
    await write(
      "node_modules/loom-sink-paper/package.json",
      JSON.stringify({ name: "loom-sink-paper", type: "module", exports: "./index.js" }),
    );
    await write("node_modules/loom-sink-paper/index.js", plugin("sink", "paper", "{ write() {} }"));
    const program = await write(
      "plugins.mjs",
      `import { Loom } from "loom-router";
      await using loom = new Loom({ plugins: ["./vault.mjs", "loom-sink-paper"], sinks: [{ type: "paper" }] });
      const { registry } = (await loom.engine()).opened;
      console.log(registry.list().filter(({ origin }) => origin !== "bundled").map(({ kind, id }) => kind + " " + id).join());`,
    );
    const output = await run(join(bin, "node"), [program], project);
    assert.equal(output.trim(), "vault mine,sink paper,provider newco");
  });

  /** Checks a file as strictly as the compiler can, the package's own declarations included. */
  async function checkTypes(name: string, text: string, compilerOptions: object): Promise<void> {
    await write(`${name}.ts`, text);
    const config = await write(
      `tsconfig.${name}.json`,
      JSON.stringify({
        compilerOptions: {
          module: "nodenext",
          target: "es2023",
          lib: ["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          noEmit: true,
          ...compilerOptions,
        },
        files: [`${name}.ts`],
      }),
    );
    await run(join(bin, "tsc"), ["-p", config], project);
  }

  it("has types that a strict compiler takes, without any types of a runtime", async () => {
    await checkTypes("typed", typed, { types: [] });
  });

  it("has types for tests, which need those of Node", async () => {
    const typeRoots = [join(root, "node_modules", "@types")];
    await checkTypes("testing", typedTests, { types: ["node"], typeRoots });
  });

  it("has all doors that it names", async () => {
    const list = doors.map((door) => `import("${door}")`).join(", ");
    const program = await write(
      "doors.mjs",
      `for (const door of await Promise.all([${list}])) console.log(Object.keys(door).length > 0);
      await import("loom-router/src/client/loom.js").then(() => console.log("open"), ({ code }) => console.log(code));`,
    );
    const output = await run(join(bin, "node"), [program], project);
    assert.deepEqual(output.trim().split("\n"), [
      ...doors.map(() => "true"),
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    ]);
  });
});

/** What a typed program may say; each line that must not compile says so. */
const typed = `
import { generate, Loom, type LoomOptions, RateLimitError, Router, type TextResult } from "loom-router";
import { CLOCK, definePlugin } from "loom-router/plugin";

const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
const options: LoomOptions = { provide: [[CLOCK, clock]], cache: { type: "memory", maxSize: 5 } };
const loom = new Loom(options);
const text: TextResult<undefined> = await generate({ provider: "sandbox", model: "sandbox", prompt: "hi" });
const vectors = await loom.generate({ modality: "embedding", model: "sandbox/sandbox-embedding", input: ["a"] });
const first: readonly number[] | undefined = vectors.embeddings[0];
const router = new Router({ candidates: ["a/b"], validator: (result: TextResult) => result.text !== "" });
const used: string | undefined = (await loom.route(router, { prompt: "hi" })).router?.used;
// @ts-expect-error a prompt is text
await loom.generate({ provider: "sandbox", model: "sandbox", prompt: 5 });
// @ts-expect-error an embedding has no text
vectors.text;
// @ts-expect-error an option has another type
new Loom({ retry: { maxAttempts: "3" } });
// @ts-expect-error a vault reads
definePlugin({ api: 1, kind: "vault", id: "x", make: () => ({ write() {} }) });
try {
  for await (const piece of loom.stream({ model: "x", prompt: "hi" }).textStream) piece.toUpperCase();
} catch (error) {
  if (error instanceof RateLimitError) error.retryAfterMs?.toFixed();
}
export { first, text, used };
`;

const typedTests = `
import { test } from "node:test";
import { definePlugin } from "loom-router/plugin";
import { fakeClock, startFakeVendor, vaultSuite } from "loom-router/testing";
const plugin = definePlugin({ api: 1, kind: "vault", id: "x", make: () => ({ read: async () => undefined }) });
vaultSuite(test, () => ({ read: async (name) => name }), { present: { name: "A", value: "A" }, missing: "B" });
const url: string = (await startFakeVendor()).url;
await fakeClock().advance(5);
export { plugin, url };
`;
