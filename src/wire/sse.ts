/** Splits a byte stream into server-sent events (WHATWG HTML, section 9.2), forgiving what real vendors send. */

import type { EventSplitter, ServerSentEvent } from "../contract/dialect.ts";

const none: readonly ServerSentEvent[] = [];
const lineFeed = 10;

/**
 * Makes a splitter for one stream. Lines may end in LF, CRLF or CR and may be cut anywhere, inside a character too;
 * comments are skipped. What no blank line closed is given at the end: 37 of the recorded vendor streams end so.
 *
 * @param maxEventChars most characters one event may have, so that a vendor without line ends cannot fill the memory
 */
export function sseSplitter(maxEventChars: number = 16 * 1024 * 1024): EventSplitter {
  const decoder = new TextDecoder();
  let rest = "";
  let event = "";
  let data: string | undefined;
  let size = 0;
  let afterCarriageReturn = false;

  function line(text: string, events: ServerSentEvent[]): void {
    if (text === "") {
      if (data !== undefined) events.push({ event, data });
      event = "";
      data = undefined;
      size = 0;
      return;
    }
    if (text.startsWith("data:")) {
      const value = text.startsWith(" ", 5) ? text.slice(6) : text.slice(5);
      data = data === undefined ? value : data + "\n" + value;
      size += value.length + 1;
      if (size > maxEventChars) throw tooLong(maxEventChars);
    } else if (text.startsWith("event:")) {
      event = text.startsWith(" ", 6) ? text.slice(7) : text.slice(6);
    } else if (text === "data" || text === "event") {
      // A field without a colon has an empty value.
      line(text + ":", events);
    }
  }

  function split(text: string): readonly ServerSentEvent[] {
    if (text === "") return none;
    let start = 0;
    if (afterCarriageReturn) {
      afterCarriageReturn = false;
      if (text.charCodeAt(0) === lineFeed) start = 1;
    }
    const events: ServerSentEvent[] = [];
    // The next of each kind is looked for only when the last one found is used up, so that a chunk is read once.
    let feed = -1;
    let carriage = -1;
    for (;;) {
      if (feed < start) feed = indexOf(text, "\n", start);
      if (carriage < start) carriage = indexOf(text, "\r", start);
      const end = Math.min(feed, carriage);
      if (end === Infinity) break;
      const head = rest === "" ? text.slice(start, end) : rest + text.slice(start, end);
      rest = "";
      line(head, events);
      start = end + 1;
      if (end === carriage) {
        if (start === text.length) afterCarriageReturn = true;
        else if (text.charCodeAt(start) === lineFeed) start++;
      }
    }
    if (start < text.length) rest += start === 0 ? text : text.slice(start);
    if (rest.length > maxEventChars) throw tooLong(maxEventChars);
    return events;
  }

  return {
    push: (chunk) => split(decoder.decode(chunk, { stream: true })),
    end() {
      const events = [...split(decoder.decode())];
      if (rest !== "") line(rest, events);
      rest = "";
      line("", events);
      return events;
    },
  };
}

/** As the method of strings, but `Infinity` when there is none. */
function indexOf(text: string, character: string, start: number): number {
  const found = text.indexOf(character, start);
  return found === -1 ? Infinity : found;
}

function tooLong(maxChars: number): RangeError {
  return new RangeError(`one event of the stream is longer than ${maxChars} characters`);
}
