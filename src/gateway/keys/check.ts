/** Checks keys and limits at load. Faults name the field; none of them holds anything of a key. */

import type { KeyOptions, KeysOptions } from "../options.ts";
import { digestOfKey, idOfKey } from "./entry.ts";
import { faultsOfJwt } from "./check-jwt.ts";
import { limitFields, numberFaults } from "./check-limits.ts";
import { isDate, isName, type KeyFault, unknownFields } from "./fault.ts";

/** Digests and ids that are taken, and by whom. */
export interface TakenKeys {
  readonly digests: Map<string, string>;
  readonly ids: Map<string, string>;
}

const keyFields = [
  "key",
  "hash",
  "id",
  "user",
  "team",
  "tags",
  "models",
  "expiresAt",
  "mayRoute",
  "disabled",
  ...limitFields,
];
const keysFields = ["list", "file", "jwt", "teams", "users"];
const minKeyLength = 16;

export function takenKeys(): TakenKeys {
  return { digests: new Map(), ids: new Map() };
}

/** Everything that is wrong with the options, the key file's content apart. */
export function faultsOfKeys(options: KeysOptions, taken: TakenKeys = takenKeys()): readonly KeyFault[] {
  const faults = unknownFields("keys", options, keysFields);
  const { list = [], file, jwt, teams = {}, users = {} } = options;
  if (file !== undefined && (typeof file !== "string" || file === "")) {
    faults.push({ path: "keys.file", problem: "must be the path of a file" });
  }
  faults.push(...Array.isArray(list) ? faultsOfList(list, "keys", taken) : [mustBeList("keys.list")]);
  if (jwt !== undefined) faults.push(...faultsOfJwt("keys.jwt", jwt));
  for (const [field, record] of Object.entries({ teams, users })) {
    for (const [name, limits] of Object.entries(record)) {
      const path = `keys.${field}.${name}`;
      if (!isRecord(limits)) faults.push({ path, problem: "must be an object of limits" });
      else faults.push(...unknownFields(path, limits, limitFields), ...numberFaults(path, limits));
    }
  }
  return faults;
}

/** @param path that of the list */
export function faultsOfList(list: readonly unknown[], path: string, taken: TakenKeys): readonly KeyFault[] {
  return list.flatMap((one, index) => {
    const place = `${path}[${index}]`;
    if (!isRecord(one)) return [{ path: place, problem: "must be an object with key or hash" }];
    const faults = [...unknownFields(place, one, keyFields), ...faultsOfKey(place, one)];
    if (faults.length === 0) faults.push(...clashes(place, one as KeyOptions, taken));
    return faults;
  });
}

function faultsOfKey(path: string, key: Readonly<Record<string, unknown>>): KeyFault[] {
  const faults = secretFaults(path, key);
  const add = (field: string, problem: string) => faults.push({ path: `${path}.${field}`, problem });
  for (const field of ["id", "user", "team"]) {
    if (key[field] !== undefined && !isName(key[field])) add(field, "must be 1 to 200 printable characters");
  }
  for (const field of ["tags", "models"]) {
    const names = key[field];
    if (names === undefined || Array.isArray(names) && names.every(isName)) continue;
    add(field, "must be a list of names");
  }
  for (const field of ["mayRoute", "disabled"]) {
    if (key[field] !== undefined && typeof key[field] !== "boolean") add(field, "must be true or false");
  }
  if (key["expiresAt"] !== undefined && !isDate(key["expiresAt"])) {
    add("expiresAt", 'must be a date in ISO 8601, such as "2027-01-31" or "2027-01-31T12:00:00Z"');
  }
  return [...faults, ...numberFaults(path, key)];
}

function secretFaults(
  path: string,
  { key, hash }: { readonly key?: unknown; readonly hash?: unknown },
): KeyFault[] {
  if ((key === undefined) === (hash === undefined)) {
    const has = key === undefined ? "neither" : "both";
    return [{ path: `${path}.key`, problem: `or hash must be given, exactly one, but there are ${has}` }];
  }
  if (hash !== undefined) {
    if (typeof hash === "string" && /^sha256:[0-9a-f]{64}$/i.test(hash)) return [];
    return [{ path: `${path}.hash`, problem: 'must be "sha256:" and 64 hex digits' }];
  }
  const problem = typeof key !== "string"
    ? "must be a text"
    : key.length < minKeyLength
    ? `must have at least ${minKeyLength} characters, but has ${key.length}`
    : /^[\x21-\x2b\x2d-\x7e]+$/.test(key)
    ? undefined
    : "must be printable ASCII without spaces and commas, because it travels in a header";
  return problem === undefined ? [] : [{ path: `${path}.key`, problem }];
}

function clashes(path: string, options: KeyOptions, { digests, ids }: TakenKeys): KeyFault[] {
  const digest = digestOfKey(options);
  const id = idOfKey(options);
  const field = options.key === undefined ? "hash" : "key";
  const sameKey = digests.get(digest);
  if (sameKey !== undefined) return [{ path: `${path}.${field}`, problem: `is the same key as ${sameKey}` }];
  digests.set(digest, path);
  const sameId = ids.get(id);
  if (sameId !== undefined) return [{ path: `${path}.id`, problem: `"${id}" is the id of ${sameId}, too` }];
  ids.set(id, path);
  return [];
}

function mustBeList(path: string): KeyFault {
  return { path, problem: "must be a list of keys" };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
