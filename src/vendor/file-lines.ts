/** Reads a vendor's file of JSON lines while it comes, since a file of answers may be larger than the memory. */

import type { Attempting } from "../contract/context.ts";
import type {
  Codec,
  EventSplitter,
  ServerSentEvent,
  StreamDecoder,
  WireRequest,
} from "../contract/dialect.ts";
import type { Json } from "../contract/json.ts";
import type { Part } from "../contract/part.ts";
import type { Answer, Flow, Outcome } from "../contract/reply.ts";
import type { Exchange, Http } from "../contract/services.ts";
import { LoomError, loomError } from "../errors/index.ts";
import { withoutCall } from "./awaited.ts";

/** Most characters of one line, so that a vendor without line ends cannot fill the memory. */
const maxLineChars = 128 * 1024 * 1024;
/** Characters that wait to be read before the vendor is asked to wait. */
const maxHeldChars = 4 * 1024 * 1024;
/** How much of a body that came whole is read at once. */
const sliceBytes = 64 * 1024;

const none: readonly Part[] = [];

/**
 * The values, as many at a time as came together. Empty lines are nothing, and a line that is not JSON is left out where others
 * are: those were paid for, and must not be lost with it.
 *
 * @throws LoomError `invalid-reply` for a file without any JSON; `connection-failed`, when it breaks off
 */
export async function* fileLines(
  http: Http,
  ctx: Attempting,
  exchange: Exchange,
  request: WireRequest,
): AsyncGenerator<readonly Json[], void, undefined> {
  const reader = new ValueReader();
  for await (const lines of linesOf(http, ctx, exchange, request)) {
    const values = reader.read(lines);
    if (values.length > 0) yield values;
  }
  if (reader.brokenLine === undefined || reader.found) return;
  const { provider, model } = ctx.target;
  const message = `${exchange.manifest.label}: line ${reader.brokenLine} of a file of answers is not JSON`;
  throw loomError("invalid-reply", message, {}, { provider, model });
}

class ValueReader {
  #line = 0;
  found = false;
  /** The first one, counted from 1. */
  brokenLine: number | undefined;

  read(lines: readonly string[]): readonly Json[] {
    const values: Json[] = [];
    for (const line of lines) {
      this.#line++;
      if (line.trim() === "") continue;
      try {
        values.push(JSON.parse(line) as Json);
        this.found = true;
      } catch {
        this.brokenLine ??= this.#line;
      }
    }
    return values;
  }
}

async function* linesOf(
  http: Http,
  ctx: Attempting,
  exchange: Exchange,
  request: WireRequest,
): AsyncGenerator<readonly string[], void, undefined> {
  let whole: Uint8Array | undefined;
  const codec: Codec = {
    ...exchange.codec,
    encode: () => ({
      ...request,
      headers: { accept: "*/*", ...request.headers },
      answer: "bytes",
      stream: true,
    }),
    decodeBytes(bytes) {
      // Servers that call it a document have it read whole.
      whole = bytes;
      return none;
    },
    decodeStream: () => lineDecoder,
    splitter: lineSplitter,
  };
  const answer = await http.exchange(withoutCall(ctx), { ...exchange, codec });
  if ("source" in answer) yield* flowing(answer, ctx);
  else yield* sliced(whole ?? new Uint8Array());
}

function* sliced(bytes: Uint8Array): Generator<readonly string[], void, undefined> {
  const splitter = lineSplitter();
  for (let from = 0; from < bytes.length; from += sliceBytes) {
    yield splitter.push(bytes.subarray(from, from + sliceBytes)).map(({ data }) => data);
  }
  yield splitter.end().map(({ data }) => data);
}

/** Between the network, which pushes, and somebody who reads: a short queue, and a vendor who waits while it is full. */
async function* flowing(
  { source }: Extract<Answer, { readonly source: unknown }>,
  { target: { provider, model } }: Attempting,
): AsyncGenerator<readonly string[], void, undefined> {
  let held: string[] = [];
  let heldChars = 0;
  let paused = false;
  let outcome: Outcome | undefined;
  let wake: (() => void) | undefined;
  const flow: Flow = source({
    parts(batch) {
      for (const part of batch) {
        if (part.type !== "text") continue;
        held.push(part.text);
        heldChars += part.text.length;
      }
      if (heldChars > maxHeldChars && !paused) {
        paused = true;
        flow.pause();
      }
      wake?.();
    },
    end(how) {
      outcome = how;
      wake?.();
    },
  });
  try {
    for (;;) {
      if (held.length > 0) {
        const lines = held;
        held = [];
        heldChars = 0;
        if (paused) {
          paused = false;
          flow.resume();
        }
        yield lines;
      } else if (outcome !== undefined) {
        if (outcome.status === "ok") return;
        throw cutOff(outcome.error, provider, model);
      } else {
        await new Promise<void>((resolve) => wake = resolve);
        wake = undefined;
      }
    }
  } finally {
    flow.cancel(loomError("aborted", "nobody reads the file any more", {}));
  }
}

/** A file, unlike an answer, can be asked for again whatever came of it. */
function cutOff(error: unknown, provider: string, model: string): unknown {
  if (!LoomError.is(error, "stream-broken")) return error;
  const message = `${provider}: the connection broke off in a file of answers`;
  return loomError("connection-failed", message, {}, { provider, model, cause: error });
}

const lineDecoder: StreamDecoder = {
  event: ({ data }) => [{ type: "text", text: data }],
  end: () => none,
};

/** Splits at line feeds alone: JSON may hold all other line ends. */
function lineSplitter(): EventSplitter {
  const decoder = new TextDecoder();
  let rest = "";

  function split(text: string): readonly ServerSentEvent[] {
    const lines: ServerSentEvent[] = [];
    let from = 0;
    for (let to = text.indexOf("\n"); to !== -1; to = text.indexOf("\n", from)) {
      lines.push({ event: "", data: rest + text.slice(from, to) });
      rest = "";
      from = to + 1;
    }
    rest += from === 0 ? text : text.slice(from);
    if (rest.length > maxLineChars) {
      throw new RangeError(`a line is longer than ${maxLineChars} characters`);
    }
    return lines;
  }

  return {
    push: (chunk) => split(decoder.decode(chunk, { stream: true })),
    end() {
      const lines = split(decoder.decode());
      return rest === "" ? lines : [...lines, { event: "", data: rest }];
    },
  };
}
