/** The vault `gcp-secret-manager` with Google's client against a server that checks bearer tokens. */

import assert from "node:assert/strict";
import process from "node:process";
import { after, before, beforeEach, describe, it, test } from "node:test";
import plugin from "../../../../plugins/vaults/gcp-secret-manager/index.ts";
import { endpointOf } from "../../../../plugins/vaults/gcp-secret-manager/client.ts";
import { crc32c } from "../../../../plugins/vaults/gcp-secret-manager/payload.ts";
import { ENVIRONMENT, type Vault } from "../../../../src/plugin.ts";
import { fixedEnvironment } from "../../../../src/runtime/environment.ts";
import { vaultSuite } from "../../../../src/testing.ts";
import { failureOf } from "../../../support/failure.ts";
import { type Folder, folderOf } from "../../../support/folder.ts";
import { complaintsOf, optionsOf } from "../../../support/options.ts";
import { serve } from "../../../support/server.ts";
import { useOf } from "../../../support/use.ts";
import { type GcpSecret, type GcpStandIn, startGcp } from "../support/gcp-stand-in.ts";

const NAME = "ACME_API_KEY";
const never = () => new AbortController().signal;
const bytesOf = (text: string) => new TextEncoder().encode(text);

let gcp: GcpStandIn;
let folder: Folder;
before(async () => {
  gcp = await startGcp();
  folder = await folderOf({
    "account.json": JSON.stringify(gcp.serviceAccount),
    "subject.jwt": gcp.subjectToken,
    "forged.jwt": `${gcp.subjectToken.slice(0, -4)}AAAA`,
    "broken.json": '{"private_key":"PRIVATE KEY" eyJ',
  });
  for (const name of ["subject", "forged"]) {
    await folder.write(`${name}.json`, JSON.stringify(gcp.federated(folder.file(`${name}.jwt`))));
  }
});
after(async () => {
  await gcp.close();
  await folder[Symbol.asyncDispose]();
});
beforeEach(() => {
  gcp.secrets.clear();
  credentials("account.json");
});

/** Google's search for credentials begins with this variable of the process. */
function credentials(file: string): void {
  process.env["GOOGLE_APPLICATION_CREDENTIALS"] = folder.file(file);
}

async function open(
  given: Readonly<Record<string, unknown>> = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<Vault> {
  const use = useOf([ENVIRONMENT, fixedEnvironment(variables)]);
  return await plugin.make(use, optionsOf(plugin, { endpoint: gcp.url, project: "p", ...given }));
}

function store(secret: GcpSecret | string, resource = `projects/p/secrets/${NAME}/versions/latest`): void {
  gcp.secrets.set(resource, typeof secret === "string" ? { bytes: bytesOf(secret) } : secret);
}

async function read(
  given: Readonly<Record<string, unknown>> = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  const vault = await open(given, variables);
  try {
    return await vault.read(NAME, never());
  } finally {
    await vault.close?.();
  }
}

vaultSuite(
  test,
  () => {
    store("sk-suite");
    return open();
  },
  {
    present: { name: NAME, value: "sk-suite" },
    broken: () => {
      store({ status: 403, name: "PERMISSION_DENIED", message: "denied" });
      return open();
    },
    hanging: () => {
      gcp.secrets.set(`projects/p/secrets/${NAME}/versions/latest`, "hang");
      return open();
    },
  },
);

describe("the vault gcp-secret-manager", () => {
  for (
    const [what, given, variables, resource] of [
      ["the newest version", {}, {}, `projects/p/secrets/${NAME}/versions/latest`],
      [
        "a given version with a prefix",
        { prefix: "loom-", version: "7" },
        {},
        `projects/p/secrets/loom-${NAME}/versions/7`,
      ],
      [
        "a regional secret",
        { location: "europe-west3" },
        {},
        `projects/p/locations/europe-west3/secrets/${NAME}/versions/latest`,
      ],
      [
        "the project of the environment",
        { project: undefined },
        { GOOGLE_CLOUD_PROJECT: "from-env" },
        `projects/from-env/secrets/${NAME}/versions/latest`,
      ],
      [
        "the project of the credentials",
        { project: undefined },
        {},
        `projects/loom-project/secrets/${NAME}/versions/latest`,
      ],
    ] as const
  ) {
    it(`reads ${what}`, async () => {
      store("sk-gcp", resource);
      assert.equal(await read(given, variables), "sk-gcp");
    });
  }

  it("compares the checksum when there is one", async () => {
    assert.equal(crc32c(bytesOf("123456789")), 0xe3069283);
    store({ bytes: bytesOf("123456789"), crc32c: String(0xe3069283) });
    assert.equal(await read(), "123456789");
    store({ bytes: bytesOf("123456788"), crc32c: String(0xe3069283) });
    const error = await failureOf(read(), "invalid-reply");
    assert.match(error.message, /arrived damaged/);
    assert.doesNotMatch(error.message, /12345/);
  });

  it("logs in through another identity provider", async () => {
    store("sk-federated");
    credentials("subject.json");
    assert.equal(await read(), "sk-federated");
    const [exchange] = gcp.server.requests.filter(({ url }) => url === "/v1/token");
    assert.ok(exchange !== undefined);
  });

  for (
    const [what, secret, code, message] of [
      ["bytes that are no text", { bytes: new Uint8Array([0xff]) }, "invalid-reply", /no UTF-8/],
      [
        "a disabled version",
        { status: 400, name: "FAILED_PRECONDITION", message: "Secret Version is in DISABLED state." },
        "invalid-request",
        /FAILED_PRECONDITION: .*DISABLED/,
      ],
      [
        "a missing role",
        { status: 403, name: "PERMISSION_DENIED", message: "Permission 'x' denied" },
        "permission-denied",
        /PERMISSION_DENIED/,
      ],
      [
        "its quota",
        { status: 429, name: "RESOURCE_EXHAUSTED", message: "slow" },
        "rate-limited",
        /EXHAUSTED/,
      ],
      ["an outage", { status: 503, name: "UNAVAILABLE", message: "later" }, "overloaded", /UNAVAILABLE/],
    ] as readonly (readonly [string, GcpSecret, "invalid-reply", RegExp])[]
  ) {
    it(`says what is wrong with ${what}, after one request`, async () => {
      store(secret);
      const sent = gcp.server.requests.length;
      const error = await failureOf(read(), code);
      assert.match(error.message, message);
      assert.equal(error.cause, undefined);
      assert.equal(gcp.server.requests.length - sent, 1);
    });
  }

  for (
    const [what, file, message] of [
      ["are forged", "forged.json", /invalid_grant/],
      ["are not there", "nowhere.json", /nowhere\.json/],
      ["are half a file", "broken.json", /JSON/],
    ] as const
  ) {
    it(`says when the credentials ${what}, and tries again later`, async () => {
      credentials(file);
      const vault = await open();
      for (let round = 0; round < 2; round++) {
        const error = await vault.read(NAME, never()).catch((error: Error) => error);
        assert.ok(error instanceof Error);
        assert.match(error.message, message);
        assert.doesNotMatch(`${error.message} ${error.stack}`, /PRIVATE KEY|eyJ/);
      }
      await vault.close?.();
    });
  }

  it("says when nobody listens", async () => {
    const server = await serve(() => {});
    await server.close();
    assert.match((await failureOf(read({ endpoint: server.url }), "overloaded")).message, /UNAVAILABLE/);
  });

  it("reads nothing any more once closed", async () => {
    const vault = await open();
    await vault.close?.();
    await failureOf(vault.read(NAME, never()), "closed");
  });

  it("sends its token to where TLS or this machine is, and nowhere else", () => {
    assert.deepEqual(endpointOf(undefined, undefined), { protocol: "https", port: 443 });
    assert.deepEqual(endpointOf(undefined, "europe-west3"), {
      protocol: "https",
      port: 443,
      host: "secretmanager.europe-west3.rep.googleapis.com",
    });
    assert.deepEqual(endpointOf("https://psc.example:8443", "x"), {
      protocol: "https",
      port: 8443,
      host: "psc.example",
    });
    assert.throws(() => endpointOf("http://psc.example", undefined), { code: "config-invalid" });
  });

  it("refuses options that are wrong", () => {
    for (
      const [given, complaint] of [
        [{ project: "../x" }, /must be a project/],
        [{ prefix: "a/b" }, /must be letters/],
        [{ version: "latest:access" }, /must be a number/],
        [{ projekt: "x" }, /projekt/],
      ] as const
    ) {
      assert.match(complaintsOf(plugin, given).join(), complaint);
    }
  });
});
