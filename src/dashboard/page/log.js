/** The log: filters, rows that arrive while one looks, and the keyboard. */

import { ask, follow } from "./api.js";
import { announce, byId, fill, h } from "./dom.js";
import { count, moment, ms, time, usd } from "./format.js";
import { badge } from "./health.js";

/** Rows that are kept; of more than these the oldest leave. */
const maxRows = 300;
const pageRows = 60;
const settleMs = 250;

/**
 * @param open called with the id of a call
 * @param fault called with what went wrong
 * @param moved called with retries and failovers of live rows
 */
export function startLog(open, fault, moved) {
  const [body, form, more] = [byId("rows"), byId("filters"), byId("more")];
  const rows = new Map();
  let listening = new AbortController();
  let asked = 0;
  let next;
  let timer;

  const filter = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
  const filtered = () => {
    const { id, retried, ...dimensions } = filter();
    return { id, retried: retried === "on", dimensions };
  };
  const fits = ({ callId, attempts }) => {
    const { id, retried } = filtered();
    return (id === undefined || callId.includes(id)) && (!retried || attempts > 1);
  };

  /** @param which `anew`; `older`: on from where the list ends; `missed`: what came while nobody listened */
  async function load(which) {
    const mine = ++asked;
    const shown = [...rows.keys()];
    const { id, retried, dimensions } = filtered();
    try {
      const query = {
        ...dimensions,
        id,
        retried,
        limit: pageRows,
        next: which === "older" ? next : undefined,
      };
      const page = await ask("calls", query);
      if (mine !== asked) return;
      if (which === "anew") drop([...rows.keys()]);
      if (which === "missed") weave(page.calls, shown);
      else for (const call of page.calls) insert(call, null);
      if (which !== "missed" || next === undefined) next = page.next;
      more.hidden = next === undefined;
      showEmpty();
      return page.calls.length;
    } catch (error) {
      if (mine === asked) fault(error);
    }
  }

  function drop(ids) {
    for (const id of ids) {
      rows.get(id)?.remove();
      rows.delete(id);
    }
  }

  /** Puts calls where they belong among the rows; those that are too old to meet them leave, since between is a gap. */
  function weave(calls, old) {
    const met = calls.find(({ callId }) => rows.has(callId));
    if (met === undefined) drop(old);
    let place = met === undefined ? null : rows.get(met.callId);
    for (const call of calls) {
      const known = rows.get(call.callId);
      if (known === undefined) insert(call, place);
      else place = known.nextElementSibling;
    }
  }

  function showEmpty() {
    byId("log-empty").hidden = rows.size > 0;
    const first = body.querySelector('[tabindex="0"]') ?? body.firstElementChild;
    if (first !== null) first.tabIndex = 0;
  }

  /** @param before the row that follows; `null`: none does */
  function insert(call, before, live = false) {
    if (rows.has(call.callId)) return;
    const row = rowOf(call, live);
    rows.set(call.callId, row);
    body.insertBefore(row, before);
  }

  function trim() {
    while (rows.size > maxRows && body.lastElementChild !== document.activeElement) {
      drop([body.lastElementChild.dataset.call]);
      // What was cut off can be had again from here on only by reading anew.
      more.hidden = true;
    }
  }

  function told(event) {
    if (event === undefined) return void load("missed");
    for (const call of event.calls) if (fits(call)) insert(call, body.firstElementChild, true);
    if (event.skipped > 0) {
      byId("live-state").textContent = `live · ${count(event.skipped)} rows passed unseen`;
    }
    moved(event.moves);
    trim();
    showEmpty();
  }

  function listen() {
    listening.abort();
    listening = new AbortController();
    const said = { live: "live", waiting: "reconnecting …" };
    void follow(filtered().dimensions, listening.signal, told, (state) => {
      byId("live-state").textContent = said[state] ?? state;
    });
  }

  /** Typing is not asked letter by letter. */
  function changed() {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const found = await load("anew");
      if (!listening.signal.aborted) listen();
      if (found !== undefined) announce(`${found} calls fit`);
    }, settleMs);
  }

  form.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(changed));
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => load("older"));
  body.addEventListener("click", ({ target }) => {
    const row = target.closest("tr");
    if (row === null) return;
    focus(row);
    open(row.dataset.call);
  });
  body.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    const steps = {
      ArrowDown: () => row.nextElementSibling,
      ArrowUp: () => row.previousElementSibling,
      Home: () => body.firstElementChild,
      End: () => body.lastElementChild,
    };
    const step = steps[event.key];
    if (step !== undefined) focus(step() ?? row);
    else if (event.key === "Enter" || event.key === " ") open(row.dataset.call);
    else return;
    event.preventDefault();
  });

  /** One row is in the tab order: the one that was looked at last. */
  function focus(row) {
    for (const other of body.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  return {
    start() {
      // Also where no live rows are to be had.
      void load("missed");
      listen();
    },
    stop() {
      listening.abort();
      byId("live-state").textContent = "paused";
    },
    /** Shows the calls of one provider, model, team or key. */
    pick(dimension, name) {
      form.reset();
      form.elements.namedItem(dimension).value = name;
      changed();
      byId("log-heading").focus();
    },
    suggest(dimension, names) {
      fill(byId(`${dimension}-names`), names.slice(0, 100).map((value) => h("option", { value })));
    },
  };
}

function rowOf(call, live) {
  const { callId, atMs, status, errorCode, provider, model, latencyMs, firstPartMs, usage, costUsd } = call;
  const state = status === "failed"
    ? h("span", { class: "badge failed" }, errorCode ?? "failed")
    : badge(status);
  return h(
    "tr",
    { "data-call": callId, tabindex: -1, class: live ? "new" : undefined, "aria-label": labelOf(call) },
    h("td", { title: moment(atMs) }, time(atMs)),
    h("td", {}, state),
    h("td", { title: provider }, provider ?? "–"),
    h("td", { title: model }, model ?? "–"),
    h("td", { class: "number" }, ms(latencyMs)),
    h("td", { class: "number" }, ms(firstPartMs)),
    h(
      "td",
      { class: "number" },
      usage === undefined ? "–" : `${count(usage.inputTokens)} + ${count(usage.outputTokens)}`,
    ),
    h("td", { class: "number" }, usd(costUsd)),
    h("td", {}, notesOf(call)),
    h("td", { title: whoOf(call) }, whoOf(call)),
  );
}

function labelOf({ atMs, status, errorCode, provider, model, latencyMs, costUsd }) {
  return `${time(atMs)}, ${errorCode ?? status}, ${provider ?? "no provider"} ${model ?? ""}, ${
    ms(latencyMs)
  }, ${usd(costUsd)}`;
}

function notesOf({ cache, deduplicated, attempts, stream }) {
  const words = [
    cache === "hit" ? "cached" : cache === "semantic-hit" ? "cached (near)" : undefined,
    deduplicated ? "joined" : undefined,
    attempts > 1 ? `${attempts} attempts` : undefined,
    stream ? "stream" : undefined,
  ];
  return words.filter((word) => word !== undefined).join(", ");
}

function whoOf({ team, user, via }) {
  return [team, user, via?.keyId === "none" ? undefined : via?.keyId].filter((word) => word !== undefined)
    .join(" · ");
}
