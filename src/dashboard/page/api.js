/** Asks the server, with the key where it wants one; reads its live events. */

const keyName = "loom-dashboard-key";

export class Fault extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function rememberKey(key) {
  sessionStorage.setItem(keyName, key);
}

/** Whether there was one. */
export function forgetKey() {
  const known = sessionStorage.getItem(keyName) !== null;
  sessionStorage.removeItem(keyName);
  return known;
}

function headers() {
  const key = sessionStorage.getItem(keyName);
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** @param query names and values; lists are sent value by value, what is empty is not sent */
function addressOf(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== "" && one !== false) parameters.append(name, String(one));
    }
  }
  return `api/${path}${parameters.size === 0 ? "" : `?${parameters}`}`;
}

/** @throws Fault with the status and the server's own words */
export async function ask(path, query = {}, signal = AbortSignal.timeout(30_000)) {
  const response = await fetch(addressOf(path, query), { headers: headers(), signal, cache: "no-store" });
  const body = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  throw new Fault(response.status, body?.error?.message ?? `the server answered ${response.status}`);
}

/**
 * Live events until `signal` is aborted; connects anew after a break, each time a little later.
 *
 * @param told called with the data of each event, and with `undefined` after a new connection
 * @param state called with `live`, `waiting` or what is wrong
 */
export async function follow(query, signal, told, state) {
  let waitMs = 500;
  while (!signal.aborted) {
    try {
      const response = await fetch(addressOf("live", query), {
        headers: headers(),
        signal,
        cache: "no-store",
      });
      if (!response.ok || response.body === null) throw new Fault(response.status, "no live rows");
      state("live");
      told(undefined);
      waitMs = 500;
      await readEvents(response.body, told);
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) return state("the key was refused");
    }
    if (signal.aborted) return;
    state("waiting");
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(waitMs * 2, 15_000);
  }
}

async function readEvents(body, told) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
      if (data.length > 0) told(JSON.parse(data.join("\n")));
    }
  }
}
