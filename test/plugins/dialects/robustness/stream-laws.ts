/** What is done to streamed answers: cut, written otherwise, with events too many or too few. */

import type { ServerSentEvent } from "../../../../src/contract/dialect.ts";
import { LoomError } from "../../../../src/errors/index.ts";
import { decoded, sourceOf } from "./changes.ts";
import { difference, mostOf, type Verdict } from "./law.ts";
import { endedWordsOf, meaningOf } from "./meaning.ts";
import { picked } from "./mutants.ts";
import { decodeBytes, decodeEvents, type Outcome, type Sample } from "./sample.ts";
import { unsound } from "./soundness.ts";
import { failures, strangers } from "./strangers.ts";
import { forms, written } from "./wire-forms.ts";

export function* cuts(sample: Sample): Iterable<Verdict> {
  const { events } = sample;
  if (events === undefined) return;
  const expected = meaningOf(decoded(sample));
  const bytes = sample.bytes ?? written(events, { lineEnd: "\r\n" });
  const places = picked(Array.from(bytes, (_, at) => at), mostOf(sample), sample.name);
  for (const at of places) {
    const outcome = decodeBytes(sample, [bytes.subarray(0, at), bytes.subarray(at)]);
    yield { what: `cut at byte ${at}`, wrong: difference(meaningOf(outcome), expected) };
  }
  const single = decodeBytes(sample, Array.from(bytes, (byte) => Uint8Array.of(byte)));
  yield { what: "byte by byte", wrong: difference(meaningOf(single), expected) };
}

export function* writings(sample: Sample): Iterable<Verdict> {
  const { events } = sample;
  if (events === undefined || sample.bytes !== undefined) return;
  const expected = meaningOf(decoded(sample));
  for (const [what, form] of Object.entries(forms)) {
    const bytes = written(events, form);
    const middle = Math.floor(bytes.length / 2);
    for (const pieces of [[bytes], [bytes.subarray(0, middle), bytes.subarray(middle)]]) {
      yield { what, wrong: difference(meaningOf(decodeBytes(sample, pieces)), expected) };
    }
  }
}

export function* unknownEvents(sample: Sample): Iterable<Verdict> {
  const { events } = sample;
  if (events === undefined) return;
  const expected = meaningOf(decoded(sample));
  const tries = events.flatMap((_, at) => (strangers[sample.dialect] ?? []).map((run) => ({ at, run })));
  for (const { at, run } of picked(tries, mostOf(sample), sample.name)) {
    const outcome = decodeEvents(sample, [...events.slice(0, at), ...run, ...events.slice(at)]);
    yield { what: `${run[0]?.data} before #${at}`, wrong: difference(meaningOf(outcome), expected) };
  }
}

export function* truncations(sample: Sample): Iterable<Verdict> {
  const { events } = sample;
  const base = decoded(sample);
  if (events === undefined || base.error !== undefined) return;
  const lengths = picked(events.map((_, length) => length), mostOf(sample), sample.name);
  for (const length of lengths) {
    // Google's streams may say that they end, and go on; nothing else tells that they have not.
    if (
      sample.dialect === "gemini" && events.slice(0, length).some(({ data }) => /"finishReason"/.test(data))
    ) continue;
    const outcome = decodeEvents(sample, events.slice(0, length));
    const wrong = outcome.error === undefined
      ? difference(endedWordsOf(outcome), endedWordsOf(base))
      : LoomError.is(outcome.error, "stream-broken")
      ? startOf(outcome, base)
      : String(outcome.error);
    yield { what: `the first ${length} events`, wrong };
  }
}

/** What came before the end must be what came then anyway. */
function startOf({ parts }: Outcome, base: Outcome): string | undefined {
  return difference(parts, base.parts.slice(0, parts.length));
}

export function* errorEvents(sample: Sample): Iterable<Verdict> {
  const { events } = sample;
  const base = decoded(sample);
  if (events === undefined || base.error !== undefined) return;
  const used = eventsUsed(sample, events);
  const tries = Array.from({ length: used }, (_, at) => at)
    .flatMap((at) => (failures[sample.dialect] ?? []).map((failure) => ({ at, failure })));
  for (const { at, failure } of picked(tries, mostOf(sample), sample.name)) {
    const outcome = decodeEvents(sample, [...events.slice(0, at), failure.event, ...events.slice(at)]);
    const { parts } = decodeEvents(sample, events.slice(0, at));
    const wrong = LoomError.is(outcome.error)
      ? difference(outcome.error.code, failure.code) ?? startOf(outcome, { parts })
      : `ended with ${String(outcome.error)}`;
    yield { what: `${failure.event.data} before #${at}`, wrong };
  }
}

/** How many events are read until the vendor says that nothing more comes. */
function eventsUsed({ codec, head }: Sample, events: readonly ServerSentEvent[]): number {
  const decoder = codec.decodeStream(head);
  let count = 0;
  for (const event of events) {
    count++;
    decoder.event(event);
    if (decoder.complete === true) break;
  }
  return count;
}

export function* repetitions(sample: Sample): Iterable<Verdict> {
  const { events } = sample;
  const base = decoded(sample);
  if (events === undefined || base.error !== undefined) return;
  const expected = meaningOf(base);
  const last = events.at(-1) as ServerSentEvent;
  const once = decodeEvents(sample, [...events, last]);
  yield { what: "the last event twice", wrong: difference(meaningOf(once), expected) };
  const used = eventsUsed(sample, events);
  const frames = [...events.slice(0, used).entries()].filter(([, event]) => isFrame(event));
  for (const [at, event] of picked(frames, mostOf(sample), sample.name)) {
    const outcome = decodeEvents(sample, [...events.slice(0, at), event, ...events.slice(at)]);
    yield { what: `#${at} twice`, wrong: difference(meaningOf(outcome), expected) };
  }
}

/** Whether an event holds no piece of the answer: it says that something begins or ends, or what was counted. */
function isFrame({ event, data }: ServerSentEvent): boolean {
  if (!data.startsWith("{")) return true;
  const said = JSON.parse(data) as Readonly<Record<string, unknown>>;
  const type = typeof said["type"] === "string" ? said["type"] : event;
  // A whole call without an id may be another one.
  if (/"tool_use"/.test(data) && !/"id":/.test(data)) return false;
  if (/citation/.test(type)) return false;
  if (/start|stop|added|done|created|progress|completed|end$|metadata/i.test(type)) return true;
  return type === "" &&
    !/"(parts|content|text|refusal|audio|tool_calls|function_call|reasoning\w*|logprobs)":\s*[["{]/.test(
      data,
    );
}

/** Data that no event of any vendor has. */
const rubbish = [
  "{",
  "<html><body>502</body></html>",
  "null",
  "[]",
  "[null]",
  "42",
  '"zz"',
  "{}",
  " ",
  "\u0000",
];

/** Events that are lost, doubled, exchanged, or no longer what they were: nobody knows what is right, but it is decoded. */
export function* disorder(sample: Sample): Iterable<Verdict> {
  const { events } = sample;
  if (events === undefined) return;
  const source = sourceOf(sample);
  const tries = events.flatMap((event, at) => {
    const [before, after] = [events.slice(0, at), events.slice(at + 1)];
    return Object.entries({
      "is lost": () => [...before, ...after],
      "comes twice": () => [...before, event, event, ...after],
      "comes last": () => [...before, ...after, event],
      "comes first": () => [event, ...before, ...after],
      "comes after the next": () => [...before, ...after.slice(0, 1), event, ...after.slice(1)],
      ...Object.fromEntries(
        rubbish.map((data) => [`is ${data}`, () => [...before, { ...event, data }, ...after]]),
      ),
    }).map(([what, change]) => ({ what: `#${at} ${what}`, change }));
  });
  for (const { what, change } of picked(tries, mostOf(sample), sample.name)) {
    yield { what, wrong: unsound(decodeEvents(sample, change()), source, true) };
  }
}
