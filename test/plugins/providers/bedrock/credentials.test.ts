import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { fromIni } from "@aws-sdk/credential-providers";
import {
  cached,
  type Credentials,
  credentialSource,
} from "../../../../plugins/providers/bedrock/credentials.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { fakeClock } from "../../../../src/testing/fake-clock.ts";
import { folderOf } from "../../../support/folder.ts";

const minuteMs = 60_000;
const ours = { accessKeyId: "a", secretAccessKey: "b" };

describe("credentials", () => {
  it("of Loom's environment come first, at once", () => {
    const environment = fixedEnvironment({ AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" });
    const source = credentialSource(environment, fakeClock(), { region: undefined, profile: undefined });
    assert.deepEqual(source(), ours);
  });

  it("are fetched once for many callers, and again five minutes before they expire", async () => {
    const clock = fakeClock();
    let fetched = 0;
    const source = cached(() => {
      fetched++;
      return Promise.resolve({ ...ours, expiration: new Date(clock.now() + 60 * minuteMs) });
    }, clock);
    const all = await Promise.all([source(), source(), source()]);
    assert.equal(fetched, 1);
    assert.equal(all[0], all[2]);
    await clock.advance(54 * minuteMs);
    assert.equal(source(), all[0], "still good");
    await clock.advance(2 * minuteMs);
    assert.notEqual(await source(), all[0]);
    assert.equal(fetched, 2);
  });

  it("that are old but good bridge a fetch that fails; expired ones do not", async () => {
    const clock = fakeClock();
    const first: Credentials = { ...ours, expiration: new Date(clock.now() + 10 * minuteMs) };
    let answer: () => Promise<Credentials> = () => Promise.resolve(first);
    const source = cached(() => answer(), clock);
    await source();
    answer = () => Promise.reject(new Error("down"));
    await clock.advance(6 * minuteMs);
    assert.equal(await source(), first);
    await clock.advance(6 * minuteMs);
    await assert.rejects(Promise.resolve(source()), /down/);
    answer = () => Promise.resolve(ours);
    assert.equal(await source(), ours, "a failure is not kept");
  });

  it("of a profile are found as Amazon's own search finds them; a profile that is not there is an error", async () => {
    await using folder = await folderOf({
      credentials: "[loom-test]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = profile-secret\n",
      config: "",
    });
    const names = { AWS_SHARED_CREDENTIALS_FILE: "credentials", AWS_CONFIG_FILE: "config" };
    // No search beyond the files: a machine at Amazon would find something.
    const quiet = "AWS_EC2_METADATA_DISABLED";
    const before = [...Object.keys(names), quiet].map((name) => [name, process.env[name]] as const);
    for (const [name, file] of Object.entries(names)) process.env[name] = folder.file(file);
    process.env[quiet] = "true";
    try {
      const environment = fixedEnvironment({ AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" });
      const find = (profile: string) =>
        Promise.resolve(credentialSource(environment, fakeClock(), { region: "eu-west-1", profile })());
      const found = await find("loom-test");
      assert.equal(found.accessKeyId, "AKIDPROFILE");
      assert.equal(found.secretAccessKey, (await fromIni({ profile: "loom-test" })()).secretAccessKey);
      await assert.rejects(
        find("nobody"),
        (error) => LoomError.is(error, "key-missing") && /nobody/.test(error.message),
      );
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });
});
