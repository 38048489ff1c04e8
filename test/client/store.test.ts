/** The store of a Loom: the configured one, the one put in its place, or one in memory; and who closes it. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { definePlugin, type Plugin, STORE, type Store } from "../../src/plugin.ts";
import { failureOf } from "../support/failure.ts";
import { bareLoom, type BareOptions } from "../support/looms.ts";

/** A store that remembers what it was asked to keep, and whether it was closed. */
function watched(): Store & { readonly keys: string[]; closed: number } {
  const keys: string[] = [];
  return {
    keys,
    closed: 0,
    get: () => Promise.resolve(undefined),
    set: (key) => Promise.resolve(void keys.push(key)),
    add: (key, amount) => Promise.resolve((keys.push(key), amount)),
    delete: () => Promise.resolve(),
    hold: (_, holds) => (keys.push(...holds.map(({ counter }) => counter)), { ok: true, levels: [] }),
    settle: () => {},
    close() {
      this.closed++;
    },
  };
}

/** Opens a Loom with a plugin that is given the store, and gives that. */
async function injected(options: BareOptions, work: (store: Store) => Promise<void>): Promise<void> {
  let given: Store | undefined;
  const asking: Plugin<"sink", void> = definePlugin({
    api: 1,
    kind: "sink",
    id: "asking",
    make(use) {
      given = use(STORE);
      return { write() {} };
    },
  });
  await using loom = bareLoom({
    ...options,
    plugins: [asking as Plugin, ...options.plugins ?? []],
    sinks: [{ type: "asking" }],
  });
  await loom.open();
  assert.ok(given !== undefined);
  await work(given);
}

describe("the store", () => {
  it("is one in memory when none is configured", () =>
    injected({}, async (store) => {
      await store.set("k", "v");
      assert.equal(await store.get("k"), "v");
      assert.deepEqual(await Promise.all([store.add("n", 1), store.add("n", 1)]), [1, 2]);
      await store.delete("k");
      assert.equal(await store.get("k"), undefined);
    }));

  it("is the one given in code, which its maker closes", async () => {
    const store = watched();
    await injected({ store }, (given) => given.set("k", "v"));
    assert.deepEqual([store.keys, store.closed], [["k"], 0]);
  });

  it("is made from its plugin, once, and closed with the Loom", async () => {
    const store = watched();
    let made = 0;
    const plugin = definePlugin({ api: 1, kind: "store", id: "mine", make: () => (made++, store) });
    await injected({ store: { type: "mine" }, plugins: [plugin as Plugin] }, (given) => given.set("k", "v"));
    assert.deepEqual([made, store.keys, store.closed], [1, ["k"], 1]);
  });

  it("is the provided one before all others", async () => {
    const [provided, configured] = [watched(), watched()];
    await injected({ store: configured, provide: [[STORE, provided]] }, (given) => given.set("k", "v"));
    assert.deepEqual([provided.keys, configured.keys], [["k"], []]);
  });

  it("that nobody knows, or with a wrong option, fails the opening", async () => {
    await using unknown = bareLoom({ store: { type: "mongo" } });
    await failureOf(unknown.open(), "plugin-invalid");
    await using wrong = bareLoom({ store: { type: "redis", url: "http://127.0.0.1" } });
    const error = await failureOf(wrong.open(), "config-invalid");
    assert.match(error.message, /store.*url/);
  });

  it("is not touched by calls of providers with one account", async () => {
    const store = watched();
    await using loom = bareLoom({ store });
    await loom.generate({ provider: "sandbox", model: "sandbox-small", prompt: "hi" });
    await loom.accounts("sandbox");
    assert.deepEqual(store.keys, []);
  });
});
