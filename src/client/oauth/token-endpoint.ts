/** Asks a token endpoint, in JSON, and reads what it gives. Neither tokens nor codes get into messages. */

import { LoomError, loomError } from "../../errors/index.ts";
import type { PlainReply } from "../../contract/services.ts";
import { systemClock } from "../../runtime/clock.ts";
import { asFields, asText, clean, type Fields, retryAfterMs } from "../../vendor/index.ts";
import { createHttp } from "../../wire/http.ts";
import { hideCredentials } from "./credentials.ts";
import type { OAuthClient, OAuthCredentials, OAuthServices } from "./types.ts";

const timeoutMs = 30_000;

/** One request for tokens. @throws LoomError, when there are none */
export async function requestTokens(
  client: OAuthClient,
  body: Readonly<Record<string, string>>,
  services: OAuthServices,
  signal: AbortSignal | undefined,
): Promise<OAuthCredentials> {
  const clock = services.clock ?? systemClock;
  const own = services.http === undefined ? createHttp(clock) : undefined;
  const http = services.http ?? own as NonNullable<typeof own>;
  // Counted from before the request: a token seems older than it is, never younger.
  const askedMs = clock.now();
  try {
    const reply = await http.request({
      method: "POST",
      url: client.tokenUrl,
      headers: { accept: "application/json", ...client.tokenHeaders, "content-type": "application/json" },
      body: JSON.stringify(body),
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    if (reply.status < 200 || reply.status > 299) throw refused(client, reply, body);
    return read(client, reply, askedMs);
  } finally {
    await own?.close();
  }
}

function read(client: OAuthClient, { body }: PlainReply, askedMs: number): OAuthCredentials {
  const fields = parse(body);
  const accessToken = asText(fields?.["access_token"]);
  const kind = asText(fields?.["token_type"]) ?? "bearer";
  // A token with line ends or the like could not be sent, and would change the request.
  if (accessToken === undefined || /[^\x21-\x7e]/.test(accessToken)) {
    throw noAnswer(client, "it holds no access_token");
  }
  if (kind.toLowerCase() !== "bearer") throw noAnswer(client, `its token_type is ${clean(kind)}, not bearer`);
  const seconds = fields?.["expires_in"] === undefined ? undefined : Number(fields["expires_in"]);
  if (seconds !== undefined && !Number.isFinite(seconds)) {
    throw noAnswer(client, "its expires_in is no number");
  }
  const refreshToken = asText(fields?.["refresh_token"]);
  return hideCredentials({
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(seconds === undefined ? {} : { expiresAtMs: askedMs + Math.max(0, seconds) * 1000 }),
  });
}

function parse(body: string): Fields | undefined {
  try {
    return asFields(JSON.parse(body));
  } catch {
    return undefined; // The caller says that it holds nothing.
  }
}

/** 400 and 401 mean that the code or refresh token is not good (RFC 6749, section 5.2); the rest is the endpoint's trouble. */
function refused(client: OAuthClient, reply: PlainReply, sent: Readonly<Record<string, string>>): LoomError {
  const { status, headers } = reply;
  const fields = parse(reply.body);
  const error = asFields(fields?.["error"]);
  const word = asText(fields?.["error"]) ?? asText(error?.["type"]);
  const said = asText(fields?.["error_description"]) ?? asText(error?.["message"]);
  const why = [word, said].filter((text) => text !== undefined).join(": ");
  const message = `OAuth: ${hostOf(client)} answered ${status}${
    why === "" ? "" : `: ${clean(without(why, sent))}`
  }`;
  const rejected = status === 400 || status === 401 || status === 403;
  if (rejected) return loomError("auth-rejected", `${message}; log in anew`, {}, { status });
  const details = { status, retryAfterMs: retryAfterMs(headers, Date.now()) };
  return loomError(status === 429 ? "rate-limited" : "provider-failed", message, {}, details);
}

/** Endpoints may repeat what they were sent. */
function without(text: string, sent: Readonly<Record<string, string>>): string {
  return Object.entries(sent).reduce(
    (left, [name, value]) => secretFields.has(name) ? left.replaceAll(value, "[secret]") : left,
    text,
  );
}

const secretFields: ReadonlySet<string> = new Set(["code", "code_verifier", "refresh_token"]);

function noAnswer(client: OAuthClient, why: string): LoomError {
  return loomError(
    "invalid-reply",
    `OAuth: ${hostOf(client)} sent something that is not an answer: ${why}`,
    {},
  );
}

function hostOf({ tokenUrl }: OAuthClient): string {
  return new URL(tokenUrl).host;
}
