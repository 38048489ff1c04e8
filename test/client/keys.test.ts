/** Where keys come from, in which order, how long they are kept, and that they show nowhere. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { format, inspect } from "node:util";
import { createKeys, type KeySources } from "../../src/client/keys.ts";
import type { Secret, Vault } from "../../src/contract/secret.ts";
import { type LoomError, loomError } from "../../src/errors/index.ts";
import { fixedEnvironment } from "../../src/runtime/environment.ts";
import type { Logger } from "../../src/plugin.ts";
import { fakeClock } from "../../src/testing/fake-clock.ts";

type Read = Vault["read"];

/** A logger that keeps what it is told, as `level message data`. */
function notebook(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const writer = (level: string): Logger["warn"] => (message, data) =>
    void lines.push(`${level} ${message} ${JSON.stringify(data)}`);
  const logger = {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
  };
  return { logger, lines };
}

/** Keys over a vault that a test plays. */
function withVault(read: Read, sources: Partial<KeySources> = {}) {
  const clock = fakeClock();
  const asked: string[] = [];
  const { logger, lines } = notebook();
  const keys = createKeys({
    apiKeys: {},
    environment: fixedEnvironment({}),
    vault: () =>
      Promise.resolve({
        read: (name, signal) => {
          asked.push(name);
          return read(name, signal);
        },
      }),
    vaultName: "hashicorp",
    clock,
    logger,
    ...sources,
  });
  return { keys, clock, asked, lines };
}

const names = ["ACME_API_KEY", "ACME_TOKEN"];
const who = { provider: "acme" };

async function found(secret: Secret | undefined | Promise<Secret | undefined>): Promise<string | undefined> {
  return (await secret)?.reveal();
}

describe("keys come from", () => {
  const A = "ACME_API_KEY";
  const B = "ACME_TOKEN";
  for (
    const [name, apiKeys, environment, vault, expected, origin] of [
      ["code first", { [A]: "code" }, { [A]: "env" }, { [A]: "vault" }, "code", "code"],
      ["the environment next", {}, { [A]: "env" }, { [A]: "vault" }, "env", "environment"],
      ["the vault last", {}, {}, { [A]: "vault" }, "vault", "vault"],
      ["the first name that is set", {}, { [A]: "one", [B]: "two" }, {}, "one", "environment"],
      ["another name", {}, { [B]: "two" }, { [A]: "vault" }, "two", "environment"],
      ["another name of the vault", {}, {}, { [B]: "vault two" }, "vault two", "vault"],
      ["the environment when code is empty", { [A]: "" }, { [A]: "env" }, {}, "env", "environment"],
      ["the vault when the environment is empty", {}, { [A]: "" }, { [A]: "vault" }, "vault", "vault"],
      ["the vault's next name when the first is empty", {}, {}, { [A]: "", [B]: "b" }, "b", "vault"],
    ] as readonly (readonly [
      string,
      Record<string, string>,
      Record<string, string>,
      Record<string, string>,
      string,
      string,
    ])[]
  ) {
    it(name, async () => {
      const { keys } = withVault((key) => Promise.resolve(vault[key]), {
        apiKeys,
        // An environment of a caller's own may well give empty texts.
        environment: { get: (key) => environment[key] },
      });
      assert.equal(await found(keys.find(names, who)), expected);
      assert.equal(keys.origin(names), origin);
    });
  }

  it("code and environment without waiting, one object for the same text", () => {
    const values: Record<string, string> = { ACME_API_KEY: "one" };
    const keys = createKeys({
      apiKeys: {},
      environment: { get: (name) => values[name] },
      clock: fakeClock(),
      logger: notebook().logger,
    });
    const first = keys.find(names, who);
    assert.ok(!(first instanceof Promise));
    assert.equal(keys.find(names, who), first);
    values["ACME_API_KEY"] = "two";
    assert.equal((keys.find(names, who) as Secret).reveal(), "two");
  });

  it("nowhere: an error that names the variables and the places, or nothing when the key is optional", async () => {
    const bare = createKeys({
      apiKeys: {},
      environment: fixedEnvironment({}),
      clock: fakeClock(),
      logger: notebook().logger,
    });
    assert.throws(() => bare.find(names, who), (error: LoomError) => {
      assert.equal(error.code, "key-missing");
      assert.equal(error.provider, "acme");
      assert.match(error.message, /acme needs a key: set ACME_API_KEY or ACME_TOKEN/);
      assert.match(error.message, /looked in apiKeys, then the environment and \.env\)/);
      assert.deepEqual(error.data, { names, places: ["apiKeys", "the environment and .env"] });
      return true;
    });
    assert.equal(bare.find(names, { ...who, optional: true }), undefined);
    assert.equal(bare.origin(names), "missing");
    const { keys } = withVault(() => Promise.resolve(undefined));
    await assert.rejects(Promise.resolve(keys.find(names, who)), { message: /then the vault hashicorp\)/ });
    assert.equal(await keys.find(names, { ...who, optional: true }), undefined);
  });
});

describe("a vault", () => {
  it("is asked once for many who wait, and again after five minutes", async () => {
    const { keys, clock, asked } = withVault((name) => Promise.resolve(`${name} ${asked.length}`));
    const secrets = await Promise.all(Array.from({ length: 50 }, () => keys.find(["K"], who)));
    assert.deepEqual(new Set(secrets.map((secret) => secret?.reveal())), new Set(["K 1"]));
    await clock.advance(299_999);
    assert.equal(await found(keys.find(["K"], who)), "K 1");
    assert.equal(asked.length, 1);
    await clock.advance(1);
    assert.equal(await found(keys.find(["K"], who)), "K 2");
    assert.equal(clock.pending, 0);
  });

  it("is not waited for while its answer is kept", async () => {
    const { keys, asked } = withVault((name) => Promise.resolve(name === "L" ? "key" : undefined));
    await keys.find(["K", "L"], who);
    assert.equal((keys.find(["K", "L"], who) as Secret).reveal(), "key");
    assert.equal(keys.find(["K"], { ...who, optional: true }), undefined);
    assert.throws(() => keys.find(["K"], who), { code: "key-missing" });
    assert.deepEqual(asked, ["K", "L"]);
    await keys.find(["K", "M"], { ...who, optional: true });
    assert.deepEqual(asked, ["K", "L", "M"]);
  });

  it("says itself how long its answers are used", async () => {
    const asked: string[] = [];
    const { keys, clock } = withVault(() => Promise.resolve("x"), {
      vault: () =>
        Promise.resolve({
          ttlMs: 1000,
          read: (name) => Promise.resolve(`${name} ${asked.push(name)}`),
        }),
    });
    assert.equal(await found(keys.find(["K"], who)), "K 1");
    await clock.advance(999);
    assert.equal(await found(keys.find(["K"], who)), "K 1");
    await clock.advance(1);
    assert.equal(await found(keys.find(["K"], who)), "K 2");
  });

  it("that has no such key is asked again after thirty seconds", async () => {
    const { keys, clock, asked } = withVault(() => Promise.resolve(undefined));
    const want = { ...who, optional: true };
    await keys.find(["K"], want);
    await clock.advance(29_999);
    await keys.find(["K"], want);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    await keys.find(["K"], want);
    assert.equal(asked.length, 2);
  });

  it("that cannot be opened is opened again by a later call", async () => {
    let fails = true;
    const { keys, clock } = withVault(() => Promise.resolve("x"), {
      vault: () => {
        if (fails) throw new Error("sealed");
        return Promise.resolve({ read: () => Promise.resolve("key") });
      },
    });
    await assert.rejects(async () => await keys.find(["K"], who), { code: "key-missing" });
    fails = false;
    await clock.advance(3000);
    assert.equal(await found(keys.find(["K"], who)), "key");
  });

  it("that fails for several who wait fails for all of them", async () => {
    const { keys, asked } = withVault(() => Promise.reject(new Error("sealed")));
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => keys.find(["K"], who)));
    assert.deepEqual(outcomes.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
    assert.equal(asked.length, 1);
  });

  for (
    const [name, vault] of [
      ["never answers", () => Promise.resolve({ read: () => new Promise<string>(() => {}) })],
      ["never opens", () => new Promise<Vault>(() => {})],
    ] as const
  ) {
    it(`that ${name} is given up after 15 seconds`, async () => {
      const { keys, clock } = withVault(() => Promise.resolve("x"), { vault });
      const asked = assert.rejects(Promise.resolve(keys.find(["K"], who)), (error: LoomError) => {
        assert.equal(error.code, "key-missing");
        assert.match(String(error.cause), /did not answer in time/);
        return true;
      });
      await clock.advance(15_000);
      await asked;
      assert.equal(clock.pending, 0);
    });
  }

  it("that is given up hears of it", async () => {
    let aborted = false;
    const { keys, clock } = withVault((_, signal) => {
      signal.addEventListener("abort", () => aborted = true);
      return new Promise(() => {});
    });
    const asked = assert.rejects(Promise.resolve(keys.find(["K"], who)));
    await clock.advance(15_000);
    await asked;
    assert.equal(aborted, true);
  });

  it("is left alone by a caller who gives up; those who still wait are served", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { keys } = withVault(() => promise);
    const controller = new AbortController();
    const first = Promise.resolve(keys.find(["K"], { ...who, signal: controller.signal }));
    const second = keys.find(["K"], who);
    controller.abort(loomError("aborted", "enough", {}));
    await assert.rejects(first, { code: "aborted" });
    resolve("key");
    assert.equal(await found(second), "key");
    await assert.rejects(Promise.resolve(keys.find(["L"], { ...who, signal: AbortSignal.abort() })), {
      code: "aborted",
    });
  });

  it("whose plugin is broken fails as that, not as a missing key, even for a key that is optional", async () => {
    const fault = loomError("plugin-invalid", "no such package", { plugin: "hashicorp" });
    const { keys, lines } = withVault(() => Promise.resolve("x"), { vault: () => Promise.reject(fault) });
    for (const optional of [false, true]) {
      await assert.rejects(
        Promise.resolve(keys.find(["K"], { ...who, optional })),
        (error) => error === fault,
      );
    }
    assert.deepEqual(lines, []);
  });
});

describe("a vault that is down", () => {
  const sealed = () => Promise.reject(new Error("the password is hunter2"));

  /** A vault that gave a key and, once it is `down`, fails. */
  function failing(during: Read = sealed) {
    const state = { down: false, key: "one" };
    const made = withVault((name, signal) => state.down ? during(name, signal) : Promise.resolve(state.key));
    return { ...made, state };
  }

  it("fails a call whose key was never read, says why, and is left in peace for three seconds", async () => {
    const { keys, clock, asked, lines, state } = failing();
    state.down = true;
    const fails = () =>
      assert.rejects(async () => await keys.find(["K"], who), (error: LoomError) => {
        assert.equal(error.code, "key-missing");
        assert.match(error.message, /acme: the vault could not be asked for K/);
        assert.match(String(error.cause), /hunter2/);
        return true;
      });
    await fails();
    state.down = false;
    await clock.advance(2999);
    await fails();
    assert.equal(asked.length, 1, "a failure is kept as a failure, for a moment");
    await clock.advance(1);
    assert.equal(await found(keys.find(["K"], who)), "one");
    assert.deepEqual([clock.pending, lines], [0, []]);
  });

  it("does not keep a key read before from being used, and is reported once, by name", async () => {
    const { keys, clock, asked, lines, state } = failing();
    await keys.find(["K"], who);
    state.down = true;
    await clock.advance(300_000);
    assert.equal(await found(keys.find(["K"], who)), "one");
    for (let round = 0; round < 5; round++) {
      await clock.advance(3000);
      assert.equal((keys.find(["K"], who) as Secret).reveal(), "one", "at once");
      assert.equal((keys.find(["K"], who) as Secret).reveal(), "one");
      await clock.advance(0);
      assert.equal(asked.length, 3 + round, "one reading each three seconds");
    }
    assert.deepEqual(lines, [
      'warn the vault hashicorp cannot be asked; the key read before is used on {"names":["K"],"reason":"Error"}',
    ]);
  });

  it("is used again once it answers, and the next outage is reported again", async () => {
    const { keys, clock, lines, state } = failing();
    await keys.find(["K"], who);
    for (const key of ["two", "three"]) {
      state.down = true;
      await clock.advance(300_000);
      await keys.find(["K"], who);
      Object.assign(state, { down: false, key });
      await clock.advance(3000);
      await keys.find(["K"], who);
      await clock.advance(0);
      assert.equal(await found(keys.find(["K"], who)), key);
    }
    assert.deepEqual(lines.map((line) => line.slice(0, 4)), ["warn", "info", "warn", "info"]);
    assert.equal(clock.pending, 0);
  });

  it("is stood in for no longer than an hour", async () => {
    const { keys, clock, state } = failing();
    await keys.find(["K"], who);
    state.down = true;
    await clock.advance(300_000 + 3_599_999);
    assert.equal(await found(keys.find(["K"], who)), "one");
    await clock.advance(1);
    await assert.rejects(async () => await keys.find(["K"], who), { code: "key-missing" });
  });

  it("is waited for three seconds only when there is a key to go on with; its late answer counts", async () => {
    const answer = Promise.withResolvers<string>();
    const { keys, clock, asked, lines, state } = failing(() => answer.promise);
    await keys.find(["K"], who);
    state.down = true;
    await clock.advance(300_000);
    const slow = keys.find(["K"], who);
    await clock.advance(3000);
    assert.equal(await found(slow), "one");
    assert.equal((keys.find(["K"], who) as Secret).reveal(), "one");
    answer.resolve("two");
    await clock.advance(0);
    assert.equal((keys.find(["K"], who) as Secret).reveal(), "two");
    assert.deepEqual([asked.length, clock.pending, lines.length], [2, 0, 2]);
  });

  it("that says there is no such key any more is believed", async () => {
    const { keys, clock, state } = failing(() => Promise.resolve(undefined as never));
    await keys.find(["K"], who);
    state.down = true;
    await clock.advance(300_000);
    await assert.rejects(async () => await keys.find(["K"], who), { message: /acme needs a key/ });
  });

  it("does not fail a call whose key is optional, nor make the next ones wait", async () => {
    const { keys, clock, asked, lines, state } = failing();
    const want = { ...who, optional: true };
    state.down = true;
    assert.equal(await keys.find(["K", "L"], want), undefined);
    assert.equal(keys.find(["K"], want), undefined, "at once");
    assert.deepEqual(asked, ["K"], "one wait is enough");
    state.down = false;
    await clock.advance(3000);
    assert.equal(keys.find(["K"], want), undefined);
    await clock.advance(0);
    assert.equal(await found(keys.find(["K"], want)), "one");
    assert.equal(
      lines[0],
      'warn the vault hashicorp cannot be asked; the call goes on without the key {"names":["K"],"reason":"Error"}',
    );
    assert.equal(lines.length, 2);
  });

  it("gives the reason in Loom's own words when it has any", async () => {
    const { keys, lines, state } = failing(() =>
      Promise.reject(loomError("provider-failed", "Vault is sealed", {}))
    );
    state.down = true;
    await keys.find(["K"], { ...who, optional: true });
    assert.match(lines[0] ?? "", /"reason":"Vault is sealed"/);
  });

  it("after a vendor refused the key is asked once, and the refused key goes on", async () => {
    const { keys, clock, asked, state } = failing();
    await keys.find(["K"], who);
    state.down = true;
    assert.equal(keys.reject(["K"]), true);
    assert.equal(await found(keys.find(["K"], who)), "one", "so that the vendor's own answer is seen");
    assert.equal(keys.reject(["K"]), false);
    assert.equal(asked.length, 2);
    await clock.advance(3000);
    keys.find(["K"], who);
    await clock.advance(0);
    assert.equal(asked.length, 3);
  });

  it("does not keep another name from being found", async () => {
    const { keys } = withVault((name) => name === "L" ? Promise.resolve("other") : sealed());
    await keys.find(["L"], who);
    assert.equal(await found(keys.find(["K", "L"], who)), "other");
  });
});

describe("a key that the vendor refused", () => {
  it("is read again, once", async () => {
    let key = "old";
    const { keys, asked } = withVault(() => Promise.resolve(key));
    await keys.find(["K"], who);
    key = "new";
    assert.equal(keys.reject(["K"]), true);
    assert.equal(await found(keys.find(["K"], who)), "new");
    await keys.find(["K"], who);
    assert.equal(asked.length, 2);
  });

  it("is not read again within ten seconds when the vault still has the same", async () => {
    const { keys, clock, asked } = withVault(() => Promise.resolve("old"));
    await keys.find(["K"], who);
    assert.equal(keys.reject(["K"]), true);
    await keys.find(["K"], who);
    assert.equal(keys.reject(["K"]), false);
    await clock.advance(9_999);
    assert.equal(keys.reject(["K"]), false);
    assert.equal(asked.length, 2);
    await clock.advance(1);
    assert.equal(keys.reject(["K"]), true);
    await keys.find(["K"], who);
    assert.equal(asked.length, 3);
  });

  it("by many calls at once: one reading serves them all", async () => {
    let key = "old";
    const { keys, asked } = withVault(() => Promise.resolve(key));
    await keys.find(["K"], who);
    key = "new";
    assert.deepEqual([keys.reject(["K"]), keys.reject(["K"])], [true, true], "before it was read again");
    const reading = keys.find(["K"], who);
    assert.equal(keys.reject(["K"]), true, "while it is read again");
    await reading;
    assert.equal(keys.reject(["K"]), true, "after it turned out to be another one");
    assert.equal(await found(keys.find(["K"], who)), "new");
    assert.equal(asked.length, 2);
  });

  it("is no business of the vault when it came from elsewhere, or was never there", async () => {
    const { keys } = withVault(() => Promise.resolve(undefined), {
      apiKeys: { CODE: "a" },
      environment: fixedEnvironment({ ENV: "b" }),
    });
    assert.deepEqual(["CODE", "ENV", "K"].map((name) => keys.reject([name])), [false, false, false]);
    await keys.find(["K"], { ...who, optional: true });
    assert.equal(keys.reject(["K"]), false);
  });
});

describe("a secret", () => {
  const secrets = async () => {
    const { keys } = withVault(() => Promise.resolve("sk-hidden"), { apiKeys: { CODE: "sk-hidden" } });
    return [keys.find(["CODE"], who) as Secret, await keys.find(["K"], who) as Secret];
  };
  const Deno = (globalThis as { Deno?: { inspect(value: unknown, options?: object): string } }).Deno;
  for (
    const [name, print] of [
      ["String()", (secret: Secret) => String(secret)],
      ["a template", (secret: Secret) => `${secret}`],
      ["joining", (secret: Secret) => "key: " + secret],
      ["JSON", (secret: Secret) => JSON.stringify({ secret, list: [secret] })],
      ["inspect", (secret: Secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
      [
        "inspect without custom functions",
        (secret: Secret) => inspect(secret, { customInspect: false, showHidden: true }),
      ],
      ["format", (secret: Secret) => format("%s %o %O %j %d", secret, secret, secret, secret, secret)],
      [
        "its fields",
        (secret: Secret) => JSON.stringify(Object.entries(secret).map(([, value]) => String(value))),
      ],
      [
        "Deno.inspect",
        (secret: Secret) => Deno === undefined ? "not here" : Deno.inspect({ secret }, { showHidden: true }),
      ],
      ["an error's cause", (secret: Secret) => inspect(new Error("x", { cause: secret }))],
    ] as readonly (readonly [string, (secret: Secret) => string])[]
  ) {
    it(`does not show in ${name}`, async () => {
      for (const secret of await secrets()) {
        const shown = print(secret);
        assert.notEqual(shown, "");
        assert.doesNotMatch(shown, /sk-hidden/);
      }
    });
  }

  it("says that it is one, and reveals itself when asked", async () => {
    for (const secret of await secrets()) {
      assert.deepEqual([`${secret}`, JSON.stringify(secret), inspect(secret)], [
        "[secret]",
        '"[secret]"',
        "[secret]",
      ]);
      assert.equal(secret.reveal(), "sk-hidden");
    }
  });
});
