/** One value out of Vault's KV engine, in both of its versions. */

import { loomError, type PlainReply } from "../../../src/plugin.ts";
import { asObject, failureOf, readObject, type Send } from "./send.ts";
import type { Tokens } from "./tokens.ts";

export interface KvPlace {
  readonly mount: string;
  readonly path: string;
  readonly field: string;
  readonly kvVersion: 1 | 2;
}

/** `undefined`: there is no such secret, no such field, or its newest version was deleted. @throws LoomError */
export async function readKv(
  send: Send,
  tokens: Tokens,
  place: KvPlace,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { mount, path, field, kvVersion } = place;
  const doing = `reading ${mount}/${path}`;
  const url = kvVersion === 2 ? `${mount}/data/${path}` : `${mount}/${path}`;
  const reply = await getOnceMore(send, tokens, url, signal);
  const answer = readObject(reply.body);
  if (reply.status === 404) {
    const warnings = JSON.stringify(answer?.["warnings"] ?? "");
    // KV v2 answers so to the paths of v1; taken for "no such secret", it would never be found out.
    if (kvVersion === 1 && warnings.includes("versioned K/V")) {
      throw loomError("config-invalid", `vault hashicorp: ${mount} is KV version 2; set kvVersion: 2`, {
        path: "vault.kvVersion",
      });
    }
    return undefined;
  }
  if (reply.status !== 200) throw failureOf(reply, doing);
  const data = asObject(answer?.["data"]);
  if (data === undefined) throw loomError("invalid-reply", `Vault's answer has no data, ${doing}`, {});
  const fields = kvVersion === 2 ? asObject(data["data"]) : data;
  if (fields === undefined || !Object.hasOwn(fields, field)) return undefined;
  const value = fields[field];
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw loomError("invalid-reply", `the field ${field} is no text, ${doing}`, {});
}

/** A token may have been revoked before its time: one new login, one more try. */
async function getOnceMore(
  send: Send,
  tokens: Tokens,
  path: string,
  signal: AbortSignal,
): Promise<PlainReply> {
  const token = await tokens.get(signal);
  const reply = await send({ method: "GET", path, token, signal });
  if (reply.status !== 403 || !tokens.refuse(token)) return reply;
  return await send({ method: "GET", path, token: await tokens.get(signal), signal });
}
