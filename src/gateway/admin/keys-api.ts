/** The admin API's handlers for keys. Pure: a body in, status and JSON out; who may ask is checked before. */

import type { Json, JsonObject } from "../../contract/index.ts";
import { LoomError, loomError } from "../../errors/index.ts";
import { settingsOf } from "../keys/key-schema.ts";
import type { Keyring } from "../keys/keyring.ts";
import { conflict, type NewSecret, type SettingsPatch } from "../keys/managed.ts";
import { createSchema, readBody, rotateSchema, type UpdateBody, updateSchema } from "./keys-body.ts";
import { shownFixed, shownManaged } from "./keys-shown.ts";

export interface AdminAnswer {
  readonly status: number;
  readonly json: Json;
}

/** One function per route; `body` is the parsed JSON, `undefined` when there was none. */
export interface KeysApi {
  /** `GET /ai/keys` */
  list(): AdminAnswer;
  /** `POST /ai/keys`: the answer holds the secret, this once. */
  create(body: unknown): AdminAnswer;
  /** `GET /ai/keys/{id}` */
  get(id: string): AdminAnswer;
  /** `PATCH /ai/keys/{id}` */
  update(id: string, body: unknown): AdminAnswer;
  /** `POST /ai/keys/{id}/rotate`: the answer holds the new secret, this once. */
  rotate(id: string, body: unknown): AdminAnswer;
  /** `DELETE /ai/keys/{id}` */
  revoke(id: string): AdminAnswer;
}

export function keysApi(keyring: Keyring): KeysApi {
  const { managed, clock } = keyring;

  /** @throws LoomError when the key is not there, or is defined in a file */
  const changeable = (id: string) => {
    if (managed.rows.has(id)) return;
    const fixed = keyring.fixed().find((key) => key.id === id);
    if (fixed === undefined) throw unknownKey(id);
    throw conflict(
      `key "${id}" is defined in the ${
        fixed.source === "file" ? "key file" : "configuration"
      } (${fixed.place}); change it there`,
    );
  };
  const shown = (id: string): JsonObject => {
    const row = managed.rows.get(id);
    if (row !== undefined) return shownManaged(row, clock.now());
    const fixed = keyring.fixed().find((key) => key.id === id);
    if (fixed === undefined) throw unknownKey(id);
    return shownFixed(fixed, clock.now());
  };
  const withSecret = ({ id, secret }: NewSecret): JsonObject => ({ key: secret, ...shown(id) });

  return {
    list: () =>
      answer(200, () => {
        const nowMs = clock.now();
        return {
          keys: [
            ...keyring.fixed().map((key) => shownFixed(key, nowMs)),
            ...[...managed.rows.values()].map((row) => shownManaged(row, nowMs)),
          ],
        };
      }),
    create: (body) =>
      answer(201, () => {
        const { name, ...written } = readBody(createSchema, body);
        return withSecret(managed.create({ ...settingsOf(written), ...(name !== undefined && { name }) }));
      }),
    get: (id) => answer(200, () => shown(id)),
    update: (id, body) =>
      answer(200, () => {
        changeable(id);
        managed.update(id, patchOf(readBody(updateSchema, body)));
        return shown(id);
      }),
    rotate: (id, body) =>
      answer(200, () => {
        changeable(id);
        return withSecret(managed.rotate(id, readBody(rotateSchema, body).overlap_ms));
      }),
    revoke: (id) =>
      answer(200, () => {
        changeable(id);
        managed.revoke(id);
        return shown(id);
      }),
  };
}

/** Faults of the request are answers; a fault of Loom is thrown on. */
function answer(status: number, make: () => Json): AdminAnswer {
  try {
    return { status, json: make() };
  } catch (error) {
    if (!LoomError.is(error)) throw error;
    const { code, message } = error;
    const path = LoomError.is(error, "invalid-request") ? error.data.path : undefined;
    return { status: error.status, json: { error: { code, message, ...(path && { path }) } } };
  }
}

const optionNames = {
  name: "name",
  models: "models",
  tags: "tags",
  expires_at: "expiresAt",
  may_route: "mayRoute",
  disabled: "disabled",
  rpm: "requestsPerMinute",
  tpm: "tokensPerMinute",
  concurrent: "concurrentRequests",
  budget_usd: "budgets",
  allow_unknown_price: "allowUnknownPrice",
} as const satisfies Readonly<Record<keyof UpdateBody, keyof SettingsPatch>>;

function patchOf(body: UpdateBody): SettingsPatch {
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const removed = (Object.keys(optionNames) as (keyof UpdateBody)[])
    .filter((field) => body[field] === null)
    .map((field) => [optionNames[field], undefined] as const);
  const name = body.name ?? undefined;
  return { ...settingsOf(given), ...(name !== undefined && { name }), ...Object.fromEntries(removed) };
}

function unknownKey(id: string): LoomError {
  // An id is short; whatever else was put there may be a key.
  const named = id.length <= 32 && !id.startsWith("loom-") ? ` "${id}"` : "";
  return loomError("invalid-request", `there is no key${named}`, { path: "id" }, { status: 404 });
}
