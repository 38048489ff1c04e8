/** What the traffic would have cost on other models. */

import { ask } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { count, local, usd } from "./format.js";

/** @param span gives `from` and `to` of the chosen range */
export function startWhatIf(span) {
  byId("whatif-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const result = byId("whatif");
    try {
      fill(result, ...shown(await ask("whatif", { ...span(), model: byId("whatif-models").value })));
    } catch (error) {
      fill(result, h("p", { class: "fault" }, error.message));
    }
  });
}

function shown({ requests, costUsd, rows, candidates }) {
  if (requests === 0) return [h("p", { class: "hint" }, "Nothing was recorded in this time.")];
  const head = ["Used", "Calls", "Tokens in + out", "Paid", ...candidates.map(({ model }) => `on ${model}`)];
  const body = rows.map((row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, row.model === "" ? "(none)" : row.model),
      cell(count(row.requests)),
      cell(`${count(row.inputTokens)} + ${count(row.outputTokens)}`),
      cell(row.unpriced > 0 ? `${usd(row.costUsd)}, ${count(row.unpriced)} unpriced` : usd(row.costUsd)),
      row.would.map((price) => cell(price === null ? "price unknown" : usd(price))),
    )
  );
  const all = h(
    "tr",
    {},
    h("th", { scope: "row" }, "All"),
    cell(count(requests)),
    cell(""),
    cell([usd(costUsd), local(costUsd)].filter((text) => text !== undefined).join(" · ")),
    candidates.map((one) =>
      h(
        "td",
        { class: "number" },
        one.costUsd === null ? h("span", { class: "why" }, one.unknown) : usd(one.costUsd),
        one.differenceUsd === null
          ? undefined
          : h("div", { class: one.differenceUsd <= 0 ? "better" : "worse" }, difference(one, costUsd)),
      )
    ),
  );
  return [
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": "Prices on other models" },
      h(
        "table",
        {},
        h("caption", { class: "unseen" }, "Recorded traffic by model, and its price on others"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            head.map((text, index) => h("th", { scope: "col", class: index > 0 && "number" }, text)),
          ),
        ),
        h("tbody", {}, body, all),
      ),
    ),
  ];
}

function difference({ differenceUsd }, paidUsd) {
  const sign = differenceUsd > 0 ? "+" : "";
  const percent = Math.abs(differenceUsd / paidUsd * 100).toFixed(1);
  const share = paidUsd > 0 ? ` (${sign || "−"}${percent} %)` : "";
  return `${sign}${usd(differenceUsd)}${share}`;
}

function cell(text) {
  return h("td", { class: "number" }, text);
}
