/** What is done to the JSON of answers, whole and streamed: data that nobody knows, missing data, data of the wrong kind. */

import type { Json } from "../../../../src/contract/json.ts";
import { decoded, decodedWith, decodedWithAll, nameOf, type Piece, piecesOf, sourceOf } from "./changes.ts";
import { difference, mostOf, type Verdict } from "./law.ts";
import { endedWordsOf, meaningOf, wordsOf } from "./meaning.ts";
import { objectsOf, picked, type Place, placesOf, replaced, seeded } from "./mutants.ts";
import type { Outcome, Sample } from "./sample.ts";
import { unsound } from "./soundness.ts";

const stranger: Json = { a: [1] };

export function* unknownFields(sample: Sample): Iterable<Verdict> {
  const expected = meaningOf(decoded(sample));
  const places = piecesOf(sample).flatMap((piece) =>
    objectsOf(piece.value).map((place) => ({ piece, place }))
  );
  for (const { piece, place } of picked(places, mostOf(sample), sample.name)) {
    for (const unknown of [stranger, null, "zz"]) {
      const more = { ...place.value as object, zz_unknown: unknown } as Json;
      const outcome = decodedWith(sample, piece, replacedAt(piece, place, more));
      yield {
        what: `a field in ${nameOf(piece, place.path)}`,
        wrong: difference(meaningOf(outcome), expected),
      };
    }
  }
}

function replacedAt(piece: Piece, { path }: Place, by: Json): Json {
  return path.length === 0 ? by : replaced(piece.value, path, by);
}

/** Lists that hold content of many kinds. */
const open: ReadonlySet<unknown> = new Set([
  "content",
  "output",
  "parts",
  "annotations",
  "citations",
  "summary",
]);

export function* unknownEntries(sample: Sample): Iterable<Verdict> {
  const base = decoded(sample);
  const expected = endedWordsOf(base);
  const places = piecesOf(sample).flatMap((piece) =>
    placesOf(piece.value).filter(({ path, value }) =>
      open.has(path.at(-1)) && Array.isArray(value) && value.some((entry) => typeof entry === "object")
    ).map((place) => ({ piece, place }))
  );
  for (const { piece, place } of picked(places, mostOf(sample), sample.name)) {
    const list = place.value as readonly Json[];
    for (
      const entry of [{ type: "zz_unknown", zz_unknown: stranger }, { zzUnknown: stranger }, null, "zz", 7]
    ) {
      // A bare text is taken for text or thinking by some, and rightly so.
      if (typeof entry === "string" && (place.path.at(-1) === "content" || place.path.at(-1) === "summary")) {
        continue;
      }
      // In streams, other events count on the places of those that are there.
      const before = sample.events === undefined ? [[entry, ...list]] : [];
      for (const longer of [[...list, entry], ...before]) {
        const outcome = decodedWith(sample, piece, replaced(piece.value, place.path, longer));
        const wrong = difference(endedWordsOf(outcome), expected) ??
          unsound(outcome, sourceOf(sample), false);
        yield { what: `${JSON.stringify(entry)} in ${nameOf(piece, place.path)}`, wrong };
      }
    }
  }
}

const ends: ReadonlySet<unknown> = new Set(["finish_reason", "stop_reason", "finishReason", "stopReason"]);
const labels: ReadonlySet<unknown> = new Set(["object", "role", "service_tier", "serviceTier", "phase"]);

export function* unknownWords(sample: Sample): Iterable<Verdict> {
  const base = decoded(sample);
  if (base.error !== undefined) return;
  for (const piece of piecesOf(sample)) {
    for (const { path, value } of placesOf(piece.value)) {
      if (typeof value !== "string") continue;
      const key = path.at(-1);
      const outcome = decodedWith(sample, piece, replaced(piece.value, path, "zz_unknown"));
      const wrong = ends.has(key) || labels.has(key)
        ? difference(wordsOf(outcome), wordsOf(base)) ?? unsound(outcome, sourceOf(sample), false)
        : unsound(outcome, sourceOf(sample), false);
      yield { what: nameOf(piece, path), wrong };
    }
  }
}

/** Data about the answer, without which its words must be the same. */
const about: ReadonlySet<unknown> = new Set(
  ("id created created_at model modelVersion responseId usage usageMetadata role index system_fingerprint logprobs object " +
    "service_tier sequence_number stop_sequence avgLogprobs createTime " +
    "safetyRatings metrics metadata output_index content_index item_id obfuscation").split(" "),
);

/** Of several alternatives only the index tells one from another; of media it is the answer itself, as the id of a job is. */
function isAbout({ dialect, name, head }: Sample, { path }: Place, { parts }: Outcome): boolean {
  if (dialect === "media" || head.ctx.target.modality === "rerank") return false;
  // Every piece of these calls has the same index and an id of its own: each index that is there counts.
  if (name === "stream-tool-same-index") return false;
  // Two answers in one stream, which only their ids tell apart.
  if (name.startsWith("stream-sequential")) return false;
  const several = parts.some((part) => "choice" in part);
  return about.has(path.at(-1)) && !(several && path.at(-1) === "index");
}

export function* changedPlaces(
  sample: Sample,
  values: (place: Place) => readonly (Json | undefined)[],
): Iterable<Verdict> {
  const base = decoded(sample);
  const source = sourceOf(sample);
  const tries = piecesOf(sample).flatMap((piece) =>
    placesOf(piece.value).flatMap((place) => values(place).map((value) => ({ piece, place, value })))
  );
  for (const { piece, place, value } of picked(tries, mostOf(sample), sample.name)) {
    const { path } = place;
    const outcome = decodedWith(sample, piece, replaced(piece.value, path, value));
    const same = base.error === undefined && isAbout(sample, place, base);
    const wrong = unsound(outcome, source, sample.events !== undefined) ??
      (same ? difference(wordsOf(outcome), wordsOf(base)) ?? failed(outcome) : undefined);
    yield { what: `${JSON.stringify(value)?.slice(0, 40) ?? "nothing"} in ${nameOf(piece, path)}`, wrong };
  }
}

function failed({ error }: Outcome): string | undefined {
  return error === undefined ? undefined : String(error);
}

const deep: Json = JSON.parse(`${'{"a":['.repeat(250)}1${"]}".repeat(250)}`) as Json;

/** Values of all kinds but the place's own; numbers that are no counts, too. */
export function othersThan({ value }: Place): readonly Json[] {
  const others: readonly Json[] = [deep, 42, "zz", "", true, { zz: { a: [1] } }, ["zz"], [null], {}, []];
  if (typeof value === "number") return [...others.filter((other) => other !== 42), -7, 0.5, 1e15, 1e300];
  return others.filter((other) =>
    typeof other !== typeof value || Array.isArray(other) !== Array.isArray(value)
  );
}

/** Several places at once, each with anything. */
export function* severalPlaces(sample: Sample): Iterable<Verdict> {
  const random = seeded(`${sample.dialect}/${sample.name}`);
  const one = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const source = sourceOf(sample);
  for (let round = 0; round < mostOf(sample); round++) {
    const changed = new Map<number, Json>(piecesOf(sample).map(({ at, value }) => [at, value]));
    const what: string[] = [];
    for (let count = 0; count < 2 + round % 4; count++) {
      const piece = one([...changed].map(([at, value]) => ({ at, value })));
      const place = one(piece === undefined ? [] : placesOf(piece.value));
      if (piece === undefined || place === undefined) continue;
      const value = one([undefined, null, ...othersThan(place).filter((other) => other !== deep)]);
      what.push(`${JSON.stringify(value)?.slice(0, 40) ?? "nothing"} in ${nameOf(piece, place.path)}`);
      changed.set(piece.at, replaced(piece.value, place.path, value));
    }
    const outcome = decodedWithAll(sample, changed);
    yield { what: what.join(", "), wrong: unsound(outcome, source, sample.events !== undefined) };
  }
}
