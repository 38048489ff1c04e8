/** Light, dark, or as the system has it. */

import { announce, byId } from "./dom.js";

const themes = ["auto", "light", "dark"];
const name = "loom-dashboard-theme";

/** @param changed called when colours may have changed, so that charts are drawn anew */
export function startTheme(changed) {
  const button = byId("theme");
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  show(remembered());
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    show(next);
    try {
      localStorage.setItem(name, next);
    } catch {
      // Where nothing may be kept, the choice holds for this page.
    }
    announce(`Theme ${next}`);
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}

function remembered() {
  try {
    const kept = localStorage.getItem(name);
    return themes.includes(kept) ? kept : "auto";
  } catch {
    return "auto";
  }
}

/** The colour of a custom property as it is now, for canvases. */
export function colour(property) {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
