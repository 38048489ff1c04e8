/** Who used what: tokens by provider, spend by whatever is chosen. */

import { byId, fill, h, radios } from "./dom.js";
import { count, local, percent, usd } from "./format.js";

const dimensions = [
  ["provider", "Provider"],
  ["model", "Model"],
  ["team", "Team"],
  ["user", "User"],
  ["key", "Key"],
  ["account", "Account"],
  ["tag", "Tag"],
];

/** Those that the log can be filtered by. */
const filterable = ["provider", "model", "team", "key"];

/**
 * @param changed called when another dimension is chosen
 * @param pick called with dimension and name, when somebody wants the calls behind a bar
 */
export function startBreakdown(changed, pick) {
  let by = "provider";
  radios(byId("spend-by"), "spend-by", dimensions, by, (chosen) => {
    by = chosen;
    changed();
  });
  return {
    get by() {
      return by;
    },
    showTokens(entries) {
      const tokens = ({ inputTokens, outputTokens }) => inputTokens + outputTokens;
      const sorted = entries.filter((one) => tokens(one) > 0).sort((one, other) =>
        tokens(other) - tokens(one)
      );
      const told = (one) => [`${count(one.inputTokens)} in · ${count(one.outputTokens)} out`];
      fill(
        byId("tokens"),
        bars(sorted, "provider", "--accent", tokens, (one) => count(tokens(one)), told, pick),
      );
    },
    showSpend(entries) {
      const told = (one) => [
        `${count(one.requests)} calls`,
        one.savedUsd > 0 ? `saved ${usd(one.savedUsd)}` : undefined,
        one.unpriced > 0 ? `${count(one.unpriced)} unpriced` : undefined,
      ];
      const money = (one) =>
        [usd(one.costUsd), local(one.costUsd)].filter((text) => text !== undefined).join(" · ");
      fill(byId("spend"), bars(entries, by, "--cost", ({ costUsd }) => costUsd, money, told, pick));
    },
  };
}

function bars(entries, dimension, tint, amount, shown, told, pick) {
  if (entries.length === 0) return h("p", { class: "hint" }, "Nothing in this time.");
  const all = entries.reduce((sum, one) => sum + amount(one), 0);
  const rows = entries.slice(0, 12).map((one) => {
    const bar = h("span", { class: "share", "aria-hidden": "true" });
    bar.style.setProperty("--share", `${all === 0 ? 0 : amount(one) / all * 100}%`);
    bar.style.setProperty("--tint", `var(${tint})`);
    const name = one.name === "" ? "(none)" : one.name;
    const label = filterable.includes(dimension) && one.name !== ""
      ? h("button", {
        type: "button",
        class: "link",
        title: "show its calls",
        onclick: () => pick(dimension, one.name),
      }, name)
      : name;
    const more = told(one).filter((text) => text !== undefined).join(" · ");
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, label, bar),
      h("td", { class: "number" }, shown(one), h("br"), h("small", {}, more)),
      h("td", { class: "number" }, percent(amount(one), all)),
    );
  });
  const caption = h("caption", { class: "unseen" }, `By ${dimension}, with the share of each`);
  const rest = entries.length > 12 ? h("p", { class: "hint" }, `and ${entries.length - 12} more`) : undefined;
  return [h("table", { class: "bars" }, caption, h("tbody", {}, rows)), rest];
}
