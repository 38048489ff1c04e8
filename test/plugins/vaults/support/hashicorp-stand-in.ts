/**
 * HashiCorp Vault on a loopback port: tokens, AppRole, namespaces, KV versions 1 and 2, and the ways it fails.
 * Source: hashicorp/vault website/content/api-docs index.mdx @085996f5, secret/kv/kv-v2.mdx @0102d6b0.
 */

import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

export interface HashicorpStandIn {
  readonly server: TestServer;
  readonly url: string;
  readonly state: HashicorpState;
  /** Logins so far. */
  readonly logins: number;
  close(): Promise<void>;
}

export interface HashicorpState {
  /** Every status but 200 is answered to every request before anything else is looked at. */
  status: number;
  errors: readonly string[];
  /** Where a standby sends its clients. */
  redirect: string | undefined;
  /** Never answers. */
  hanging: boolean;
  readonly namespace: string | undefined;
  /** Tokens that are good. */
  readonly tokens: Set<string>;
  readonly roleId: string;
  readonly secretId: string;
  leaseSeconds: number;
  /** `mount/path` -> fields; `null`: its newest version was deleted. */
  readonly secrets: Map<string, Readonly<Record<string, unknown>> | null>;
}

export const rootToken = "hvs.loom-test-root";
/** Mount -> version of its KV engine. */
const mounts: Readonly<Record<string, 1 | 2>> = { secret: 2, kv1: 1 };

export async function startHashicorp(namespace?: string): Promise<HashicorpStandIn> {
  const state: HashicorpState = {
    status: 200,
    errors: [],
    redirect: undefined,
    hanging: false,
    namespace,
    tokens: new Set([rootToken]),
    roleId: "role-1234",
    secretId: "secret-5678",
    leaseSeconds: 3600,
    secrets: new Map(),
  };
  let logins = 0;

  function answer(arrived: Arrived): void {
    const { method, headers, body } = arrived;
    const url = new URL(arrived.url, "http://vault");
    if (state.hanging) return;
    if (state.redirect !== undefined) {
      arrived.response.writeHead(307, { location: state.redirect + arrived.url }).end();
      return;
    }
    if (state.status !== 200) return send(arrived, state.status, { errors: state.errors });
    const given = String(headers["x-vault-namespace"] ?? "").replace(/\/$/, "");
    if (given !== (state.namespace ?? "")) return send(arrived, 404, { errors: ["no handler for route"] });
    const path = decodeURIComponent(url.pathname);
    if (method === "POST" && path === "/v1/auth/approle/login") return login(arrived, body);
    const token = headers["x-vault-token"] ?? /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
    if (typeof token !== "string" || !state.tokens.has(token)) {
      return send(arrived, 403, { errors: ["permission denied"] });
    }
    const [, mount = "", rest = ""] = /^\/v1\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (method !== "GET" || mounts[mount] === undefined) {
      return send(arrived, 404, { errors: ["no handler for route"] });
    }
    if (mounts[mount] === 1) return readOne(arrived, `${mount}/${rest}`);
    const data = /^data\/(.+)$/.exec(rest);
    if (data === null) {
      return send(arrived, 404, {
        errors: [],
        warnings: [
          "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use.",
        ],
      });
    }
    readTwo(arrived, `${mount}/${data[1]}`);
  }

  function login(arrived: Arrived, body: string): void {
    const { role_id: role, secret_id: secret } = JSON.parse(body) as Record<string, unknown>;
    if (role !== state.roleId || secret !== state.secretId) {
      return send(arrived, 400, { errors: ["invalid role or secret ID"] });
    }
    const token = `hvs.loom-test-login-${++logins}`;
    state.tokens.add(token);
    send(arrived, 200, {
      ...envelope,
      data: null,
      auth: {
        client_token: token,
        accessor: "accessor",
        policies: ["default"],
        token_policies: ["default"],
        metadata: { role_name: "loom" },
        lease_duration: state.leaseSeconds,
        renewable: true,
        entity_id: "entity",
        token_type: "service",
        orphan: true,
      },
    });
  }

  function readOne(arrived: Arrived, key: string): void {
    const data = state.secrets.get(key);
    if (!data) return send(arrived, 404, { errors: [] });
    send(arrived, 200, { ...envelope, lease_duration: 2764800, data });
  }

  function readTwo(arrived: Arrived, key: string): void {
    const data = state.secrets.get(key);
    if (data === undefined) return send(arrived, 404, { errors: [] });
    const metadata = {
      created_time: "2026-01-01T00:00:00.000000Z",
      custom_metadata: null,
      deletion_time: data === null ? "2026-01-02T00:00:00.000000Z" : "",
      destroyed: false,
      version: 1,
    };
    send(arrived, data === null ? 404 : 200, { ...envelope, data: { data, metadata } });
  }

  const server = await serve(answer);
  return {
    server,
    url: server.url,
    state,
    get logins() {
      return logins;
    },
    close: () => server.close(),
  };
}

const envelope = {
  request_id: "b2c5f0f0-0000-0000-0000-000000000000",
  lease_id: "",
  renewable: false,
  lease_duration: 0,
  wrap_info: null,
  warnings: null,
  auth: null,
};

function send({ response }: Arrived, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
