/** How providers and their accounts are, and where calls had to be tried again. */

import { byId, fill, h } from "./dom.js";
import { ago, count, ms } from "./format.js";

export function showProviders({ providers }, nowMs) {
  if (providers.length === 0) {
    return fill(byId("providers"), h("p", { class: "hint" }, "No provider was asked yet."));
  }
  const head = ["Provider", "Status", "Calls", "p50", "p95", "Circuit", "Accounts"];
  fill(
    byId("providers"),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": "Provider health" },
      h(
        "table",
        {},
        h("caption", { class: "unseen" }, "Provider health in the last 15 minutes"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            head.map((text, index) =>
              h("th", { scope: "col", class: index > 1 && index < 5 && "number" }, text)
            ),
          ),
        ),
        h("tbody", {}, providers.map((one) => rowOf(one, nowMs))),
      ),
    ),
  );
}

function rowOf({ name, status, why, requests, failed, p50Ms, p95Ms, breakers, accounts }, nowMs) {
  const tripped = breakers.filter(({ state }) => state !== "closed");
  const circuits = tripped.length > 0
    ? tripped.map(({ model, state }) => h("div", {}, badge(state), ` ${model}`))
    : breakers.length > 0
    ? badge("closed")
    : "–";
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    h("td", {}, badge(status), why.map((text) => h("div", { class: "why" }, text))),
    h(
      "td",
      { class: "number" },
      count(requests),
      failed > 0 ? h("div", { class: "why" }, `${count(failed)} failed`) : undefined,
    ),
    h("td", { class: "number" }, requests === 0 ? "–" : ms(p50Ms)),
    h("td", { class: "number" }, requests === 0 ? "–" : ms(p95Ms)),
    h("td", {}, circuits),
    h("td", {}, accounts.length === 0 ? "–" : accounts.map((account) => accountOf(account, nowMs))),
  );
}

function accountOf({ name, status, requests, errors, lastError, untilMs }, nowMs) {
  const title = lastError === undefined
    ? undefined
    : `${lastError.code}, ${ago(lastError.atMs, nowMs)}: ${lastError.message}`;
  const back = untilMs === undefined || untilMs <= nowMs
    ? ""
    : `, back in ${Math.ceil((untilMs - nowMs) / 1000)} s`;
  return h(
    "div",
    { title },
    h("span", { class: status }, status === "healthy" ? "● " : "▲ "),
    `${name}${status === "healthy" ? "" : ` ${status}`}${back} `,
    requests === 0 ? undefined : h("small", {}, `${count(requests)} asked, ${count(errors)} failed`),
  );
}

/** @param open called with the id of a call */
export function showMoves(moves, nowMs, open) {
  if (moves.length === 0) {
    return fill(byId("moves"), h("li", { class: "hint" }, "Every call did at the first try."));
  }
  fill(
    byId("moves"),
    moves.map(({ callId, atMs, what, from, to, why, status, message }) =>
      h(
        "li",
        {},
        h("span", { class: `badge ${what === "retry" ? "degraded" : "failed"}` }, what),
        " ",
        h(
          "button",
          { type: "button", class: "link", title: message, onclick: () => open(callId) },
          what === "retry" ? from : `${from} → ${to}`,
        ),
        " ",
        h("span", { class: "why" }, `${why}${status > 0 ? ` (${status})` : ""} · ${ago(atMs, nowMs)}`),
      )
    ),
  );
}

export function badge(word) {
  return h("span", { class: `badge ${word}` }, word);
}
