/** Tokens that stay fresh: ahead of time, once for all, whatever store and endpoint do. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  LoomError,
  type OAuthAccount,
  type OAuthCredentials,
  type OAuthTokens,
  oauthTokens,
} from "../../../src/index.ts";
import { type FakeClock, fakeClock } from "../../../src/testing/fake-clock.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { createHttp } from "../../../src/wire/http.ts";
import type { Http } from "../../../src/contract/services.ts";
import { until } from "../../support/server.ts";
import { type AuthServer, authServer, clientId } from "./server.ts";

let server: AuthServer;
let http: Http;
let clock: FakeClock;
let stored: OAuthCredentials | undefined;
let saves: number;
let errors: unknown[];

beforeEach(async () => {
  server = await authServer();
  http = createHttp(systemClock);
  clock = fakeClock();
  saves = 0;
  errors = [];
  server.good.add("refresh-0");
  stored = { accessToken: "access-0", refreshToken: "refresh-0", expiresAtMs: clock.now() + 600_000 };
});
afterEach(async () => {
  await http.close();
  await server.close();
});

function tokens(change: Partial<OAuthAccount> = {}): OAuthTokens {
  return oauthTokens({
    tokenUrl: server.url,
    clientId,
    store: {
      load: () => stored,
      save: (credentials) => {
        saves++;
        stored = credentials;
      },
    },
    onError: (error) => errors.push(error),
    ...change,
  }, { http, clock });
}

const asked = async (account: OAuthTokens): Promise<string> => (await account.token()).reveal();

async function failure(work: Promise<unknown>): Promise<LoomError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof LoomError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "it did not fail" });
}

describe("a token", () => {
  it("that has time left is given at once, marked as a bearer's, and not printed", async () => {
    const secret = await tokens().token();
    assert.equal(secret.reveal(), "access-0");
    assert.equal(secret.scheme, "bearer");
    assert.ok(!JSON.stringify([secret, String(secret)]).includes("access-0"));
    assert.equal(server.requests.length, 0);
  });

  it("is renewed while calls still use it, once, and the rotated refresh token is stored", async () => {
    const account = tokens();
    await account.token();
    await clock.advance(600_000 - 119_000);
    assert.deepEqual(await Promise.all([asked(account), asked(account)]), ["access-0", "access-0"]);
    await until("it was renewed", () => saves === 1);
    assert.equal(await asked(account), "access-1");
    assert.equal(server.requests.length, 1);
    assert.match(stored?.refreshToken ?? "", /^refresh-1-/);
    assert.equal(stored?.expiresAtMs, clock.now() + 3_600_000);
    assert.deepEqual(server.bodies, [{
      grant_type: "refresh_token",
      refresh_token: "refresh-0",
      client_id: clientId,
    }]);
  });

  it("about to expire is waited for, by a hundred callers with one request", async () => {
    const account = tokens();
    await clock.advance(600_000 - 29_000);
    const found = await Promise.all(Array.from({ length: 100 }, () => asked(account)));
    assert.deepEqual(new Set(found), new Set(["access-1"]));
    assert.equal(server.requests.length, 1);
  });

  it("is used until it really expires when renewing fails, and then no longer", async () => {
    const account = tokens();
    server.answer = ({ response }) => response.writeHead(503).end("down");
    await clock.advance(600_000 - 20_000);
    assert.equal(await asked(account), "access-0");
    assert.equal((errors[0] as LoomError).code, "provider-failed");
    await clock.advance(20_000);
    assert.equal((await failure(account.token())).code, "provider-failed");
    server.answer = undefined;
    assert.equal(await asked(account), "access-1");
  });

  it("that failed to be renewed ahead of time is not asked for again at once", async () => {
    const account = tokens();
    server.answer = ({ response }) => response.writeHead(503).end("down");
    await clock.advance(600_000 - 100_000);
    await asked(account);
    await until("it failed", () => errors.length === 1);
    for (let count = 0; count < 10; count++) assert.equal(await asked(account), "access-0");
    assert.equal(server.requests.length, 1);
    await clock.advance(5_000);
    await asked(account);
    await until("it failed again", () => errors.length === 2);
    assert.equal(server.requests.length, 2);
  });

  it("that another process renewed is taken from the store", async () => {
    const account = tokens();
    await account.token();
    await clock.advance(600_000);
    stored = {
      accessToken: "access-other",
      refreshToken: "refresh-other",
      expiresAtMs: clock.now() + 600_000,
    };
    assert.equal(await asked(account), "access-other");
    assert.equal(server.requests.length, 0);
  });

  it("without an end is never renewed", async () => {
    stored = { accessToken: "access-0" };
    const account = tokens();
    await clock.advance(10_000_000);
    assert.equal(await asked(account), "access-0");
    assert.equal(account.rejected(), false);
  });

  it("without a refresh token lives as long as it does", async () => {
    stored = { accessToken: "access-0", expiresAtMs: clock.now() + 600_000 };
    const account = tokens();
    await clock.advance(590_000);
    assert.equal(await asked(account), "access-0");
    await clock.advance(10_000);
    assert.equal((await failure(account.token())).code, "auth-rejected");
  });

  it("that the vendor refused is renewed, once for all who were refused", async () => {
    const account = tokens();
    await account.token();
    await clock.advance(20_000);
    assert.equal(account.rejected(), true);
    assert.equal(await asked(account), "access-1");
    assert.equal(account.rejected(), true, "somebody else still had the old one");
    assert.equal(await asked(account), "access-1");
    assert.equal(server.requests.length, 1);
    await clock.advance(10_000);
    account.rejected();
    assert.equal(await asked(account), "access-2");
  });

  it("that was refused and cannot be renewed ends the login", async () => {
    const account = tokens();
    await account.token();
    server.good.clear();
    account.rejected();
    const error = await failure(account.token());
    assert.equal(error.code, "auth-rejected");
    assert.match(error.message, /log in anew/);
    assert.ok(!error.message.includes("refresh-0"), error.message);
  });
});

describe("a store", () => {
  it("without credentials means that nobody has logged in", async () => {
    for (
      const load of [() => undefined, () => ({ accessToken: "" }), () => Promise.reject(new Error("disk"))]
    ) {
      const account = tokens({ store: { load: load as () => undefined, save: () => {} } });
      const error = await failure(account.token());
      assert.equal(error.code, "key-missing");
      assert.match(error.message, /OAuth/);
    }
  });

  it("is asked again after it failed", async () => {
    let count = 0;
    const load = () => count++ === 0 ? Promise.reject(new Error("disk")) : stored;
    const account = tokens({ store: { load, save: () => {} } });
    await failure(account.token());
    assert.equal(await asked(account), "access-0");
  });

  it("that cannot keep a new token hears of it again, and calls go on", async () => {
    let broken = true;
    const save = (credentials: OAuthCredentials) => {
      saves++;
      if (broken) throw new Error("disk full");
      stored = credentials;
    };
    const account = tokens({ store: { load: () => stored, save } });
    await clock.advance(600_000);
    assert.equal(await asked(account), "access-1");
    assert.match(String(errors[0]), /disk full/);
    assert.equal(await asked(account), "access-1");
    assert.equal(saves, 1, "not at once");
    broken = false;
    await clock.advance(5_000);
    assert.equal(await asked(account), "access-1");
    assert.equal(stored?.accessToken, "access-1");
  });

  it("that is down does not stop renewing", async () => {
    let down = false;
    const load = () => down ? Promise.reject(new Error("down")) : stored;
    const account = tokens({ store: { load, save: () => {} } });
    await account.token();
    down = true;
    await clock.advance(600_000);
    assert.equal(await asked(account), "access-1");
  });
});

describe("a caller", () => {
  it("may leave, and the others get their token", async () => {
    const account = tokens();
    let release = (): void => {};
    server.answer = (arrived) => {
      release = () =>
        arrived.response.writeHead(200).end('{"access_token":"late","refresh_token":"r","expires_in":600}');
    };
    await clock.advance(600_000);
    const leaving = new AbortController();
    const gone = account.token(leaving.signal);
    const staying = account.token(new AbortController().signal);
    await server.request(0);
    leaving.abort();
    assert.equal((await failure(gone)).code, "aborted");
    release();
    assert.equal((await staying).reveal(), "late");
    assert.equal((await failure(account.token(leaving.signal))).code, "aborted");
  });

  it("is told of a wrong account at once", () => {
    assert.throws(
      () => tokens({ tokenUrl: "http://example.com/" }),
      (error) => LoomError.is(error, "config-invalid"),
    );
  });
});
