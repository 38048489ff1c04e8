/** Makes elements. Whatever comes from callers becomes text, never markup: there is no other way in here. */

/** @returns {any} the element of an id */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * `h("td", { class: "number", title: "…" }, "12 ms", otherElement)`. Attributes that are `undefined` or `false` are left out;
 * `onclick` and its kind are listeners.
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === false || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(
    ...children.flat(9).filter((child) => child !== undefined && child !== null && child !== false),
  );
  return element;
}

/** Puts new children in the place of the old ones. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(9).filter((child) => child !== undefined && child !== null));
}

/** Says something to those who hear the page. */
export function announce(text) {
  byId("announcer").textContent = text;
}

/**
 * Radio buttons as a row of small buttons; arrow keys are the browser's own.
 *
 * @param choices pairs of value and label
 */
export function radios(container, name, choices, chosen, change) {
  fill(
    container,
    choices.map(([value, label]) => {
      const input = h("input", { type: "radio", name, value, checked: value === chosen });
      input.addEventListener("change", () => change(value));
      return h("label", { class: "choice" }, input, h("span", {}, label));
    }),
  );
}
