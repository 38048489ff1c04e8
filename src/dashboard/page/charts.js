/** Charts over time, drawn by uPlot; beside each a table for those who do not see it. */

import { fill, h } from "./dom.js";
import { day, hour, moment } from "./format.js";
import { colour } from "./theme.js";

const height = 190;

/**
 * @param figure the element it fills
 * @param options `title`; `series`: `{ label, colour, area, dash, of(entry), shown(value) }`; `axis(value)`
 * @returns {{ show(entries: readonly any[], stepMs: number): void, redraw(): void }}
 */
export function chart(figure, { title, series, axis }) {
  const canvas = h("div", { class: "plot", "aria-hidden": "true" });
  const table = h("table", {});
  fill(figure, h("figcaption", {}, h("h2", {}, title)), canvas, h("div", { class: "unseen" }, table));
  let plot;
  let data = [[], ...series.map(() => [])];
  let last = [];

  const draw = () => {
    plot?.destroy();
    plot = undefined;
    if (globalThis.uPlot === undefined) return figure.querySelector(".unseen")?.classList.remove("unseen");
    plot = new globalThis.uPlot(optionsOf(canvas.clientWidth || 400), data, canvas);
  };

  function optionsOf(width) {
    const [ink, grid] = [colour("--muted"), colour("--line")];
    const side = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    return {
      width,
      height,
      cursor: { y: false, drag: { x: false, y: false } },
      legend: { live: true },
      scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
      axes: [
        { ...side, values: (_, ticks) => ticks.map((tick) => dayOrTime(tick * 1000, ticks)) },
        { ...side, size: 66, values: (_, ticks) => ticks.map((tick) => axis(tick)) },
      ],
      series: [
        { label: "Time", value: (_, at) => at === null ? "–" : moment(at * 1000) },
        ...series.map((one) => ({
          label: one.label,
          stroke: colour(one.colour),
          fill: one.area ? faint(colour(one.colour)) : undefined,
          width: 1.5,
          dash: one.dash,
          points: { show: false },
          value: (_, value) => value === null || value === undefined ? "–" : one.shown(value),
        })),
      ],
    };
  }

  new ResizeObserver(() => {
    const width = canvas.clientWidth;
    if (plot !== undefined && width > 0 && width !== plot.width) plot.setSize({ width, height });
  }).observe(canvas);

  return {
    show(entries, stepMs) {
      last = entries;
      data = [entries.map(({ atMs }) => atMs / 1000), ...series.map(({ of }) => entries.map(of))];
      if (plot === undefined) draw();
      else plot.setData(data);
      fill(table, ...tableOf(title, series, last, stepMs));
    },
    redraw: draw,
  };
}

function tableOf(title, series, entries, stepMs) {
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, "From"),
    series.map(({ label }) => h("th", { scope: "col" }, label)),
  );
  const rows = entries.filter(({ requests }) => requests > 0).map((entry) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, moment(entry.atMs)),
      series.map(({ of, shown }) => h("td", {}, of(entry) === null ? "–" : shown(of(entry)))),
    )
  );
  const caption = `${title}, in steps of ${
    Math.round(stepMs / 1000)
  } seconds; steps without calls are left out`;
  return [h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, rows)];
}

/** Where ticks are a day apart or more, the day. */
function dayOrTime(atMs, ticks) {
  return ticks.length > 1 && ticks[1] - ticks[0] >= 86_400 ? day(atMs) : hour(atMs);
}

/** `rgb(1, 2, 3)` with little of it left. */
function faint(rgb) {
  return rgb.replace(/^rgb\((.*)\)$/, "rgba($1, 0.14)");
}
