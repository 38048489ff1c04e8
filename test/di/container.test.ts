/** The container of one Loom: made once, on first use, replaceable, and apart from every other. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContainer } from "../../src/di/container.ts";
import { defineMiddleware, definePlugin } from "../../src/di/define.ts";
import { token } from "../../src/di/token.ts";
import { CLOCK } from "../../src/di/tokens.ts";
import { failureOf } from "../support/failure.ts";

const A = token<{ readonly name: string }>("test.a");
const B = token<{ readonly of: { readonly name: string } }>("test.b");

describe("createContainer()", () => {
  it("gives values as they are, and makes others once, on first use", () => {
    const { value, factory, use } = createContainer();
    const a = { name: "a" };
    let made = 0;
    factory(B, (use) => {
      made++;
      return { of: use(A) };
    });
    value(A, a);
    assert.equal(made, 0);
    assert.equal(use(B).of, a);
    assert.equal(use(B), use(B));
    assert.equal(made, 1);
  });

  it("lets a later value stand in for an earlier service", () => {
    const { value, factory, use } = createContainer();
    factory(A, () => {
      throw new Error("never made");
    });
    value(A, { name: "replaced" });
    assert.equal(use(A).name, "replaced");
  });

  it("takes falsy values for values", () => {
    const { value, use } = createContainer();
    const ZERO = token<number>("test.zero");
    value(ZERO, 0);
    assert.equal(use(ZERO), 0);
  });

  it("names a service that nobody provides, and the way to give it", async () => {
    const { use } = createContainer();
    const error = await failureOf(() => use(A), "plugin-invalid");
    assert.match(
      error.message,
      /nobody provides loom\.test\.a; give it with new Loom\(\{ provide: \[\[token, value\]\] \}\)/,
    );
  });

  it("names a circle", async () => {
    const { factory, use } = createContainer();
    factory(A, (use) => ({ name: use(B).of.name }));
    factory(B, (use) => ({ of: use(A) }));
    const error = await failureOf(() => use(A), "plugin-invalid");
    assert.match(error.message, /circle: loom\.test\.a -> loom\.test\.b -> loom\.test\.a/);
  });

  it("tries a service again whose making failed", () => {
    const { factory, use } = createContainer();
    let attempts = 0;
    factory(A, () => {
      if (++attempts === 1) throw new Error("not yet");
      return { name: "a" };
    });
    assert.throws(() => use(A), /not yet/);
    assert.equal(use(A).name, "a");
  });

  it("shares nothing with another, nor with the library's own", async () => {
    const { container: root } = await import("tsyringe");
    const [one, two] = [createContainer(), createContainer()];
    one.value(A, { name: "one" });
    two.value(A, { name: "two" });
    assert.deepEqual([one.use(A).name, two.use(A).name], ["one", "two"]);
    assert.equal(root.isRegistered(A), false);
  });
});

describe("token()", () => {
  it("is the same for the same name, in every copy of the package", () => {
    assert.equal(token("test.a"), A);
    assert.equal(CLOCK as symbol, Symbol.for("loom.clock"));
    assert.notEqual(A as symbol, B as symbol);
  });
});

describe("definePlugin() and defineMiddleware()", () => {
  it("only type what they are given", () => {
    const plugin = { api: 1, kind: "sink", id: "x", make: () => ({ write() {} }) } as const;
    const middleware = {
      name: "x",
      stage: "cache",
      handle: (_: unknown, next: () => Promise<never>) => next(),
    } as const;
    assert.equal(definePlugin(plugin), plugin);
    assert.equal(defineMiddleware(middleware), middleware);
  });
});
