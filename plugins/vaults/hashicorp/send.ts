/** One request to HashiCorp Vault: its headers, the redirects of standby nodes, and its errors in words. */

import {
  type ErrorCode,
  type Http,
  type LoomError,
  loomError,
  type PlainReply,
} from "../../../src/plugin.ts";

export interface Server {
  readonly address: URL;
  readonly namespace: string | undefined;
  readonly allowHttp: boolean;
}

export interface VaultRequest {
  readonly method: "GET" | "POST";
  /** Below `/v1/`, with its segments ready for a URL. */
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** @throws LoomError of the connection; an answer of any status is given back, unless it leads nowhere safe */
export type Send = (request: VaultRequest) => Promise<PlainReply>;

/** A standby names the active node; more hops than a few are a ring. */
const maxRedirects = 3;
const timeoutMs = 10_000;

export function createSend(http: Http, { address, namespace, allowHttp }: Server): Send {
  const base = address.href.replace(/[?#].*$/, "").replace(/\/+$/, "");
  return async ({ method, path, token, body, signal }) => {
    const headers: Record<string, string> = { "x-vault-request": "true", accept: "application/json" };
    if (namespace !== undefined) headers["x-vault-namespace"] = namespace;
    if (token !== undefined) headers["x-vault-token"] = token;
    if (body !== undefined) headers["content-type"] = "application/json";
    let url = new URL(`${base}/v1/${path}`);
    for (let hops = 0;; hops++) {
      const reply = await http.request({
        method,
        url: url.href,
        headers,
        signal,
        timeoutMs,
        ...(body === undefined ? {} : { body }),
      });
      if (reply.status !== 307 && reply.status !== 308) return reply;
      if (hops === maxRedirects) {
        throw loomError("invalid-reply", `Vault redirected more than ${maxRedirects} times`, {});
      }
      url = nextUrl(url, reply, allowHttp);
    }
  };
}

/** The token goes along, so the way must be at least as safe as the one before. */
function nextUrl(from: URL, { headers }: PlainReply, allowHttp: boolean): URL {
  const location = [headers["location"]].flat()[0];
  if (location === undefined || !URL.canParse(location, from)) {
    throw loomError("invalid-reply", "Vault redirected without saying where to", {});
  }
  const url = new URL(location, from);
  const weaker = from.protocol === "https:" && url.protocol !== "https:";
  if (weaker || !isSafe(url, allowHttp) || url.username !== "" || url.password !== "") {
    throw loomError(
      "connection-failed",
      `Vault redirected to ${url.protocol}//${url.host}, where its token must not go without TLS`,
      {},
    );
  }
  return url;
}

/** Whether a token may be sent there: with TLS anywhere, without it on this machine only. */
export function isSafe(url: URL, allowHttp: boolean): boolean {
  if (url.protocol === "https:") return true;
  if (url.protocol !== "http:") return false;
  return allowHttp || url.hostname === "localhost" || url.hostname === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(url.hostname);
}

const meanings: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ["invalid-request", "refused the request"],
  403: ["permission-denied", "refused the token, or its policies do not allow this path"],
  412: ["overloaded", "has not yet replicated what was asked for"],
  429: ["rate-limited", "is asked too often, or is a standby node"],
  472: ["overloaded", "is a disaster-recovery secondary"],
  473: ["overloaded", "is a performance standby"],
  501: ["provider-failed", "is not initialised"],
  503: ["overloaded", "is sealed or in maintenance"],
};

/** What an answer says that is no success. The messages of a server are kept short; they hold no secrets. */
export function failureOf({ status, body }: PlainReply, doing: string): LoomError {
  const [code, meaning] = meanings[status] ?? ["provider-failed" as const, "failed"];
  const said = messagesOf(body);
  const text = `Vault ${meaning} (HTTP ${status}) ${doing}${said === "" ? "" : `: ${said}`}`;
  return loomError(code as "provider-failed", text, {}, { status });
}

function messagesOf(body: string): string {
  const { errors } = readObject(body) ?? {};
  if (!Array.isArray(errors)) return "";
  return errors.filter((one) => typeof one === "string").join("; ").replace(/\s+/g, " ").slice(0, 300);
}

/** The JSON object of a body. No parser's message comes along, which would quote what may be a secret. */
export function readObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(body));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const fits = typeof value === "object" && value !== null && !Array.isArray(value);
  return fits ? value as Readonly<Record<string, unknown>> : undefined;
}
