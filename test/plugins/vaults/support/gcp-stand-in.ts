/**
 * Google Cloud Secret Manager on a loopback port: REST v1 `versions:access` behind bearer tokens, which are either JWTs a
 * service account signed for itself or tokens of the stand-in's own Security Token Service (workload identity federation).
 * Source: docs.cloud.google.com/secret-manager REST v1; googleapis/google-auth-library-nodejs @a95b8272 (v10.5.0).
 */

import { Buffer } from "node:buffer";
import { createSign, createVerify, generateKeyPairSync } from "node:crypto";
import { type Arrived, serve, type TestServer } from "../../../support/server.ts";

export interface GcpStandIn {
  readonly server: TestServer;
  readonly url: string;
  /** `projects/p/secrets/s/versions/v` -> what is stored, or how it fails. */
  readonly secrets: Map<string, GcpSecret>;
  /** The credentials file of a service account whose signatures are believed. */
  readonly serviceAccount: Readonly<Record<string, unknown>>;
  /** Credentials that exchange a token of another identity provider, kept in the file `subjectFile`, at this server. */
  federated(subjectFile: string): Readonly<Record<string, unknown>>;
  /** A token of that identity provider. */
  readonly subjectToken: string;
  close(): Promise<void>;
}

export type GcpSecret =
  | { readonly bytes: Uint8Array; readonly crc32c?: string }
  | { readonly status: number; readonly name: string; readonly message: string }
  | "hang";

const email = "loom@loom-project.iam.gserviceaccount.com";
const audience = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/loom/providers/ci";
const accessToken = "ya29.loom-test-access-token";

export async function startGcp(): Promise<GcpStandIn> {
  const secrets: GcpStandIn["secrets"] = new Map();
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const server = await serve((arrived) => {
    if (arrived.url === "/v1/token") return exchange(arrived, publicKey);
    const refusal = refusalOf(arrived, publicKey);
    if (refusal !== undefined) return fail(arrived, 401, "UNAUTHENTICATED", refusal);
    access(arrived, secrets);
  });
  const subjectToken = jwt(privateKey, { iss: "https://ci.example", aud: audience, exp: nowSeconds() + 600 });
  return {
    server,
    url: server.url,
    secrets,
    serviceAccount: {
      type: "service_account",
      project_id: "loom-project",
      private_key_id: "key-1",
      private_key: privateKey,
      client_email: email,
      client_id: "1",
      token_uri: `${server.url}/v1/token`,
    },
    federated: (file) => ({
      type: "external_account",
      audience,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${server.url}/v1/token`,
      credential_source: { file },
    }),
    subjectToken,
    close: () => server.close(),
  };
}

/** Security Token Service: a token of another provider for one of Google's. */
function exchange(arrived: Arrived, publicKey: string): void {
  const form = new URLSearchParams(arrived.body);
  const subject = claims(form.get("subject_token") ?? "", publicKey);
  const fits = form.get("grant_type") === "urn:ietf:params:oauth:grant-type:token-exchange" &&
    form.get("audience") === audience && subject?.["aud"] === audience;
  if (!fits) return send(arrived, 400, { error: "invalid_grant", error_description: "bad subject token" });
  send(arrived, 200, {
    access_token: accessToken,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: 3600,
  });
}

/** Why a request is not let in. */
function refusalOf({ headers }: Arrived, publicKey: string): string | undefined {
  const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? "") ?? [];
  if (token === undefined) return "Request is missing required authentication credential.";
  if (token === accessToken) return undefined;
  const own = claims(token, publicKey);
  if (own === undefined) return "Request had invalid authentication credentials.";
  const { iss, sub, exp, iat, scope, aud } = own;
  if (iss !== email || sub !== email) return "wrong issuer";
  if (!(Number(exp) > nowSeconds() && Number(exp) - Number(iat) <= 3600)) return "wrong times";
  const scoped = scope === "https://www.googleapis.com/auth/cloud-platform" ||
    aud === "https://secretmanager.googleapis.com/";
  return scoped ? undefined : "wrong scope";
}

function access(arrived: Arrived, secrets: GcpStandIn["secrets"]): void {
  const { pathname } = new URL(arrived.url, "http://gcp");
  const [, resource = ""] = /^\/v1\/(.+):access$/.exec(decodeURIComponent(pathname)) ?? [];
  if (arrived.method !== "GET" || resource === "") return fail(arrived, 404, "NOT_FOUND", "no such method");
  const found = secrets.get(resource);
  if (found === "hang") return;
  if (found === undefined) {
    return fail(arrived, 404, "NOT_FOUND", `Secret Version [${resource}] not found or has no versions.`);
  }
  if ("status" in found) return fail(arrived, found.status, found.name, found.message);
  const payload = {
    data: Buffer.from(found.bytes).toString("base64"),
    ...(found.crc32c === undefined ? {} : { dataCrc32c: found.crc32c }),
  };
  send(arrived, 200, { name: resource.replace(/^projects\/[^/]+/, "projects/123456789012"), payload });
}

function jwt(privateKey: string, body: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(body)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
}

/** What a token says, when its signature is right. */
function claims(token: string, publicKey: string): Readonly<Record<string, unknown>> | undefined {
  const [head = "", body = "", signature = ""] = token.split(".");
  const good = createVerify("RSA-SHA256").update(`${head}.${body}`).verify(publicKey, signature, "base64url");
  return good ? JSON.parse(Buffer.from(body, "base64url").toString()) : undefined;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function fail(arrived: Arrived, status: number, name: string, message: string): void {
  send(arrived, status, { error: { code: status, message, status: name, details: [] } });
}

function send({ response }: Arrived, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(body));
}
