/** The receipt of one call: what was decided, tried and waited for, on one scale of time, and what it cost. */

import { ask } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { count, local, moment, ms, usd } from "./format.js";
import { badge } from "./health.js";

export function startReceipt() {
  const dialog = byId("receipt");
  const [body, heading] = [byId("receipt-body"), byId("receipt-heading")];
  let wanted;
  /** How much of a call is recorded; `null`: nobody knows. */
  let capture = null;
  byId("receipt-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());

  async function open(callId) {
    wanted = callId;
    heading.textContent = `Receipt of ${callId}`;
    fill(body, h("p", { class: "hint" }, "Loading …"));
    if (!dialog.open) dialog.showModal();
    try {
      const record = await ask(`calls/${encodeURIComponent(callId)}`);
      if (wanted === callId) fill(body, ...pieces(record, capture));
    } catch (error) {
      if (wanted === callId) fill(body, h("p", { class: "fault", role: "alert" }, error.message));
    }
  }

  return { open, capture: (level) => capture = level };
}

function pieces(record, capture) {
  const { receipt, content } = record;
  const warnings = receipt.warnings.map(({ code, message }) => h("li", {}, h("b", {}, code), ` ${message}`));
  return [
    factsOf(record),
    h("h3", {}, "Timeline"),
    h("ol", { class: "timeline" }, timeline(record)),
    ...costOf(receipt),
    ...(warnings.length === 0 ? [] : [h("h3", {}, "Warnings"), h("ul", {}, warnings)]),
    ...(content === undefined ? [withoutContent(capture)] : contentOf(content)),
  ];
}

function withoutContent(capture) {
  if (capture === null) return undefined;
  const why = capture === "full"
    ? "Its content was not kept here."
    : `Prompts and answers are not recorded (capture: ${capture}).`;
  return h("p", { class: "hint" }, why);
}

function factsOf(
  { atMs, status, errorCode, provider, model, upstreamModel, modality, latencyMs, firstPartMs, ...rest },
) {
  const { usage, cache, deduplicated, attempts, team, user, tenant, tags, via } = rest;
  const facts = {
    Status: badge(errorCode ?? status),
    Time: moment(atMs),
    Provider: provider,
    Model: upstreamModel === undefined || upstreamModel === model ? model : `${model} (${upstreamModel})`,
    Modality: modality,
    Latency: ms(latencyMs),
    "First part": firstPartMs === undefined ? undefined : ms(firstPartMs),
    "Input tokens": usage === undefined ? undefined : tokens(usage.inputTokens, usage.cachedTokens, "cached"),
    "Output tokens": usage === undefined
      ? undefined
      : tokens(usage.outputTokens, usage.reasoningTokens, "reasoning"),
    Cache: cache,
    Deduplicated: deduplicated ? "joined a call in flight" : undefined,
    Attempts: String(attempts),
    Team: team,
    User: user,
    Tenant: tenant,
    Key: via?.keyId,
    Format: via?.format,
    Tags: tags?.join(", "),
  };
  const shown = Object.entries(facts).filter(([, value]) => value !== undefined);
  return h(
    "dl",
    { class: "facts" },
    shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

function tokens(all, part, word) {
  return part > 0 ? `${count(all)} (${count(part)} ${word})` : count(all);
}

/** Steps and attempts in the order of their beginning. */
function timeline({ status, errorCode, receipt }) {
  const { steps, attempts, latencyMs } = receipt;
  const longest = Math.max(latencyMs, 1);
  const events = [
    ...steps.map(({ atMs, by, what, detail }) => {
      const waitMs = by === "retry" && what === "wait" ? detail?.waitMs ?? 0 : 0;
      return {
        atMs,
        lengthMs: waitMs,
        kind: waitMs > 0 ? "wait" : "step",
        title: `${by}: ${what}`,
        more: detailOf(detail),
      };
    }),
    ...attempts.map((one) => ({
      atMs: one.startedMs,
      lengthMs: one.latencyMs,
      kind: one.status,
      title: `attempt ${one.attempt} at ${one.provider}/${one.model}: ${one.status}`,
      more: [
        `took ${ms(one.latencyMs)}`,
        one.firstPartMs === undefined ? undefined : `first part after ${ms(one.firstPartMs)}`,
        one.account === undefined ? undefined : `account ${one.account}`,
        one.error === undefined
          ? undefined
          : `${one.error.code}${one.error.status ? ` (${one.error.status})` : ""}: ${one.error.message}`,
        one.bill === undefined
          ? undefined
          : one.bill.nanoUsd === null
          ? "price unknown"
          : usd(one.bill.nanoUsd / 1e9),
        one.requestId === undefined ? undefined : `request ${one.requestId}`,
      ].filter((text) => text !== undefined).join(" · "),
    })),
  ].sort((one, other) => one.atMs - other.atMs);
  const end = { atMs: latencyMs, lengthMs: 0, kind: status, title: `end: ${errorCode ?? status}`, more: "" };
  return [...events, end].map((event) => eventOf(event, longest));
}

function eventOf({ atMs, lengthMs, kind, title, more }, longestMs) {
  const bar = h("i", {});
  const from = Math.min(99, atMs / longestMs * 100);
  bar.style.setProperty("--from", `${from}%`);
  bar.style.setProperty("--length", `${Math.min(100 - from, lengthMs / longestMs * 100)}%`);
  return h(
    "li",
    { class: kind },
    h("span", { class: "at" }, ms(atMs)),
    h("span", { class: "what" }, title, more === "" ? undefined : h("div", { class: "why" }, more)),
    h("span", { class: "track", "aria-hidden": "true" }, bar),
  );
}

function detailOf(detail) {
  if (detail === undefined || detail === null) return "";
  if (typeof detail !== "object" || Array.isArray(detail)) return JSON.stringify(detail);
  return Object.entries(detail).map(([name, value]) =>
    `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`
  )
    .join(" · ");
}

function costOf({ cost }) {
  if (cost === undefined) return [];
  const rows = cost.breakdown.map(({ item, units, usd: price }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, item),
      h("td", { class: "number" }, count(units)),
      h("td", { class: "number" }, usd(price)),
    )
  );
  const sum = [usd(cost.usd), local(cost.usd)].filter((text) => text !== undefined).join(" · ");
  return [
    h("h3", {}, "Cost"),
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, "Lines of the bill"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["Item", "Units", "Price"].map((text, index) =>
            h("th", { scope: "col", class: index > 0 && "number" }, text)
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows,
        h("tr", {}, h("th", { scope: "row" }, "All"), h("td", {}), h("td", { class: "number" }, sum)),
      ),
    ),
    cost.savedUsd > 0
      ? h("p", { class: "hint" }, `Saved ${usd(cost.savedUsd)} against the call without cache and dedup.`)
      : undefined,
  ].filter((piece) => piece !== undefined);
}

function contentOf({ input, output, cut }) {
  return [
    h("h3", {}, "What was asked and answered"),
    ...input.flatMap(({ role, text }) => [h("small", {}, role), h("pre", { tabindex: 0 }, text)]),
    h("small", {}, "answer"),
    h("pre", { tabindex: 0 }, output),
    ...(cut ? [h("p", { class: "hint" }, "Something was longer than is kept.")] : []),
  ];
}
