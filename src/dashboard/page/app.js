/** The page: finds out what it may show, and keeps it up to date. */

import { ask, forgetKey, rememberKey } from "./api.js";
import { startBreakdown } from "./breakdown.js";
import { announce, byId, fill, h, radios } from "./dom.js";
import { count, setCurrency, time } from "./format.js";
import { showMoves, showProviders } from "./health.js";
import { startLog } from "./log.js";
import { startOverview } from "./overview.js";
import { startReceipt } from "./receipt.js";
import { startTheme } from "./theme.js";
import { startWhatIf } from "./whatif.js";

const minuteMs = 60_000;
/** Name, label, length, step of the charts, time between two looks. */
const ranges = [
  ["15m", "15 min", 15 * minuteMs, 15_000, 5_000],
  ["1h", "1 h", 60 * minuteMs, minuteMs, 5_000],
  ["24h", "24 h", 1440 * minuteMs, 20 * minuteMs, 15_000],
  ["7d", "7 d", 10_080 * minuteMs, 180 * minuteMs, 60_000],
  ["30d", "30 d", 43_200 * minuteMs, 720 * minuteMs, 60_000],
];
const maxMoves = 12;
const suggestMs = minuteMs;

let range = ranges[1];
let paused = false;
let looking = 0;
let timer;
let moves = [];
let standing = [];
let suggestedMs = 0;
/** What the server's clock is ahead of this one; ages are told by the server's. */
let aheadMs = 0;

const nowMs = () => Date.now() + aheadMs;
/** The range that ends with the step that is under way, so that steps keep their places from look to look. */
const span = () => {
  const [, , lengthMs, stepMs] = range;
  const to = (Math.floor(nowMs() / stepMs) + 1) * stepMs;
  return { from: to - lengthMs, to };
};

const receipt = startReceipt();
const openReceipt = receipt.open;
const overview = startOverview();
const log = startLog(openReceipt, fault, (more) => {
  moves = [...more.reverse(), ...moves].slice(0, maxMoves);
  showMoves(moves, nowMs(), openReceipt);
});
const breakdown = startBreakdown(() => void look(), log.pick);
startTheme(() => overview.redraw());
startWhatIf(span);

radios(byId("range"), "range", ranges.map(([name, label]) => [name, label]), range[0], (name) => {
  range = ranges.find(([one]) => one === name) ?? range;
  suggestedMs = 0;
  announce(`Time range ${range[1]}`);
  void look();
});
byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").textContent = paused ? "Resume" : "Pause";
  announce(paused ? "Paused" : "Live again");
  clearTimeout(timer);
  byId("pulse").className = paused ? "" : "live";
  if (paused) return log.stop();
  log.start();
  void look();
});
byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  rememberKey(byId("key").value.trim());
  void begin();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !paused && !byId("panels").hidden) void look();
});

/** Also what runs after a key was given. */
async function begin() {
  try {
    showFacts(await ask("facts"));
  } catch (error) {
    if (error.status !== 401) {
      fault(error);
      timer = setTimeout(begin, 3_000);
      return;
    }
    wantKey(error);
    return;
  }
  byId("key-form").hidden = true;
  byId("panels").hidden = false;
  log.start();
  byId("pulse").className = "live";
  await look();
}

function wantKey(error) {
  byId("panels").hidden = true;
  byId("key-form").hidden = false;
  byId("updated").textContent = "Locked";
  byId("key-fault").textContent = forgetKey() ? `This key was refused: ${error.message}` : "";
  byId("key").value = "";
  byId("key").focus();
}

function showFacts({ version, currency, capture, reach, whatIf, notices, nowMs: serverMs }) {
  aheadMs = serverMs - Date.now();
  setCurrency(currency);
  receipt.capture(capture);
  byId("version").textContent = version;
  byId("whatif-panel").hidden = !whatIf;
  const open = {
    loopback:
      "No admin key is set: this page is served to this machine alone (loopback), and to everybody on it.",
    host: "This dashboard has no key of its own: whoever the program around it lets through sees everything.",
  };
  standing = [open[reach], ...notices].filter((text) => text !== undefined);
  showNotices([]);
}

/** Those that stand, and what sinks dropped: calls that somewhere are missing. */
function showNotices(dropped) {
  const lost = dropped.map((one) => `The sink ${one.name} has dropped ${count(one.dropped)} calls.`);
  fill(byId("notices"), [...standing, ...lost].map((text) => h("p", { class: "notice" }, text)));
}

/** Names for the filters of the log; they change slowly. */
async function suggest(span) {
  suggestedMs = nowMs();
  for (const by of ["provider", "model", "team", "key"]) {
    const { entries } = await ask("breakdown", { ...span, by });
    log.suggest(by, entries.map(({ name }) => name).filter((name) => name !== ""));
  }
}

/** Reads everything for the chosen range; an answer that comes after the next question is thrown away. */
async function look() {
  clearTimeout(timer);
  const mine = ++looking;
  const { from, to } = span();
  try {
    const [figures, tokens, spend, providers, moved] = await Promise.all([
      ask("overview", { from, to, step: range[3] }),
      ask("breakdown", { from, to, by: "provider" }),
      ask("breakdown", { from, to, by: breakdown.by }),
      ask("providers"),
      ask("moves", { from, to, limit: maxMoves }),
    ]);
    if (mine !== looking) return;
    overview.show(figures);
    showNotices(figures.dropped);
    breakdown.showTokens(tokens.entries);
    breakdown.showSpend(spend.entries);
    showProviders(providers, nowMs());
    moves = moved.moves;
    showMoves(moves, nowMs(), openReceipt);
    byId("updated").textContent = `Updated ${time(Date.now())}`;
    byId("updated").className = "";
    byId("pulse").className = paused ? "" : "live";
    if (nowMs() - suggestedMs > suggestMs) await suggest({ from, to });
  } catch (error) {
    if (mine !== looking) return;
    if (error.status === 401) return wantKey(error);
    fault(error);
  }
  if (!paused) timer = setTimeout(() => document.hidden ? undefined : look(), range[4]);
}

function fault(error) {
  byId("updated").textContent = `Cannot read: ${error.message}`;
  byId("updated").className = "fault";
  byId("pulse").className = "";
}

void begin();
