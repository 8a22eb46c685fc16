// The page: asks the server about one scope, and draws its cards as the answers come.
// First the server and its answers, then what is asked, then the cards from top to bottom, then keys and the start.

import * as model from "./model.js";
import {
  changeBar, classStrip, drawHistory, drawMap, element, hideTip, icon, nameNodes, shareBar, sparkline,
} from "./charts.js";

const { bytes, count, money, percent, UNKNOWN } = model;
const at = (id) => document.getElementById(id);
const SPAN_WORDS = { 7: "7 days", 30: "30 days", 90: "90 days", 365: "a year" };
const SPAN_SHORT = { 7: "7 d", 30: "30 d", 90: "90 d", 365: "1 y" };
const METRIC_WORDS = { size: "Size", objects: "Objects", cost: "Cost" };
// How far back the chart shows, for each span that growth is measured over.
const HISTORY_DAYS = { 7: 30, 30: 92, 90: 182, 365: 400 };
const DAY = 86_400_000;
const ROWS_MAX = 1000, ROWS_SHOWN = 100, TILES_MAX = 400, NIGHTS_MAX = 10_000;

let scope = model.parseAddress(location.hash);
let status = null;
let trouble = null;
/** By name: { rows, next, notes } or { refused }. */
let answers = {};
let asking = new AbortController();
let tableOrder = { column: scope.metric, isDown: true };
let rowsShown = ROWS_SHOWN;

// The server. What it answered is kept until its stamp changes.

class Refused extends Error {
  constructor(kind, detail, seconds) {
    super(detail);
    Object.assign(this, { kind, seconds });
  }
}

const kept = { stamp: null, answers: new Map() };

/** The answer of a route: { rows, next, notes, incomplete }. */
async function ask(route, parameters, signal) {
  const address = `api/v1/${route}?${new URLSearchParams(parameters)}`;
  const found = kept.answers.get(address);
  if (found) return found;
  for (let attempt = 1; ; attempt++) {
    try {
      const { stamp } = kept;
      const answer = await fetched(address, signal);
      if (kept.answers.size > 300) kept.answers.delete(kept.answers.keys().next().value);
      if (route !== "status" && stamp === kept.stamp) kept.answers.set(address, answer);
      return answer;
    } catch (error) {
      if (error.kind !== "busy" || attempt === 4) throw error;
      await new Promise((resolve) => setTimeout(resolve, (error.seconds || 1) * 1000));
      signal?.throwIfAborted();
    }
  }
}

async function fetched(address, signal) {
  const token = sessionStorage.getItem("s3audit.token");
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let response;
  try {
    response = await fetch(address, { headers, signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused("gone", "The server does not answer.");
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  throw refusal(response, problem);
}

function refusal(response, { type = "", detail = "" }) {
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  if (response.status === 401) return new Refused("token", detail);
  if (response.status === 429) return new Refused("many", detail, seconds);
  if (response.status === 503 && type.endsWith("no-index")) return new Refused("no-index", detail);
  if (response.status === 503 && type.endsWith("unusable-index")) return new Refused("unusable", detail);
  if (response.status === 503 && seconds) return new Refused("busy", detail, seconds);
  return new Refused("error", detail || `The server answered ${response.status}.`);
}

/** Asks how the index is, every 15 seconds, and every 5 while something is about to change. */
async function watch() {
  clearTimeout(watch.timer);
  if (document.visibilityState !== "hidden" || !status) {
    try {
      const [row] = (await ask("status", {})).rows;
      if (!row?.stamp) throw new Refused("no-index", "");
      const isNew = kept.stamp !== row.stamp;
      const isFirst = !status || trouble !== null;
      if (isNew) kept.answers.clear();
      [status, kept.stamp, trouble] = [row, row.stamp, null];
      status.seen = Date.now();
      if (isFirst || isNew) load(!isFirst);
      changed("status");
    } catch (error) {
      fail(error);
    }
  }
  // A token that is wrong is not tried again: ten wrong ones shut the door for a minute.
  if (trouble?.kind === "token") return;
  const seconds = trouble?.kind === "many" ? trouble.seconds || 60 : trouble || status?.sync_running ? 5 : 15;
  watch.timer = setTimeout(watch, seconds * 1000);
}

/** Whether figures stay where they are, as the server or its index is but away. */
const isPassing = () => trouble?.kind === "gone" || trouble?.kind === "unusable";

/** What concerns the whole page is shown for the whole page. */
function fail(error) {
  if (error.name === "AbortError") return;
  if (!["gone", "unusable", "token", "many", "no-index"].includes(error.kind)) return;
  const since = trouble?.kind === error.kind ? trouble.since : Date.now();
  trouble = { kind: error.kind, detail: error.message, seconds: error.seconds, since };
  if (!isPassing()) {
    answers = {};
    asking.abort();
  }
  changed("status");
}

// What is asked: few questions, small ones first, and none that the scope has no use for.

const depthOf = (prefix) => (prefix.match(/\//g) ?? []).length;

/** The parameters that name the scope, or a prefix below it. */
function inScope(more = {}, prefix = scope.prefix) {
  const pairs = scope.bucket ? [["bucket", scope.bucket]] : [];
  if (prefix) pairs.push(model.prefixParameter(prefix));
  return [...pairs, ...Object.entries(more)];
}

const over = () => (scope.days === 365 ? "1y" : scope.days + "d");
const sortedBy = () => (scope.metric === "objects" ? "-objects" : "-bytes");

/** Whether history is kept of the scope: of two levels of prefixes, or fewer. */
const isRecorded = (levels = 2) => depthOf(scope.prefix) <= levels && /^$|\/$/.test(scope.prefix);

const fleetQuestion = () => ["buckets", [["sort", "-bytes"], ["limit", ROWS_MAX]]];

/** By name: a route and its parameters. */
function firstQuestions() {
  const du = ["du", inScope({ depth: scope.bucket ? 2 : 1, sort: sortedBy(), limit: TILES_MAX })];
  const most = [["sort", "-bytes"], ["limit", ROWS_MAX]];
  const money = { costs: ["cost", [["by", "bucket"], ...most]], cost: ["cost", inScope({ by: "state" })] };
  const classes = ["totals", inScope({ by: "class" })];
  if (!scope.bucket) {
    return {
      buckets: fleetQuestion(), classes,
      growthParts: ["growth", [["by", "bucket"], ["over", over()], ...most]], du, ...money,
    };
  }
  const bucket = { buckets: ["buckets", [["bucket", scope.bucket]]] };
  return {
    du, ...bucket,
    ...(isRecorded() ? { growth: ["growth", inScope({ over: over() })], history: historyQuestion() } : {}),
    ...(isRecorded(1) ? { growthParts: ["growth", [...inScope({ by: "prefix", over: over() }), ...most]] } : {}),
    // Below a prefix classes and costs are counted key by key: what needs no counting goes first.
    ...(scope.prefix ? {} : { classes, cost: money.cost }),
  };
}

function laterQuestions() {
  const since = status?.last_sync_started_at ?? new Date(Date.now() - 36 * 3_600_000).toISOString();
  const night = (more) => ["changes", inScope({ since, by: "prefix", limit: 40, ...more })];
  const isLeaf = scope.bucket && !childRows().length;
  const questions = {
    changes: ["changes", inScope({ since, by: "bucket", limit: NIGHTS_MAX })],
    more: night({ sort: "-bytes_change" }), less: night({ sort: "bytes_change" }),
    objects: ["top", inScope({ number: isLeaf ? 20 : 5 })],
  };
  if (!scope.prefix) questions.findings = ["findings", inScope({ sort: "-severity", limit: ROWS_MAX })];
  if (!scope.bucket) {
    questions.history = historyQuestion();
    questions.growthInner = ["growth", [["by", "prefix"], ["over", over()], ["sort", "-bytes"], ["limit", TILES_MAX]]];
    return questions;
  }
  // Each key is counted for what prefixes cost: millions are only for whoever asks.
  if (!isLeaf && (scope.metric === "cost" || totals()?.objects <= 2_000_000)) {
    questions.costs = ["cost", inScope({ by: "prefix", sort: "-bytes", limit: ROWS_MAX })];
  }
  // The map has what is largest in two levels: the table wants all of the first.
  if (isCut()) questions.duLevel = ["du", inScope({ depth: 1, sort: sortedBy(), limit: NIGHTS_MAX })];
  // For the count of those that are not fresh, and the field to jump.
  questions.fleet = fleetQuestion();
  if (!scope.prefix) {
    // The children of the largest groups of the map.
    childRows().slice(0, 6).forEach((row, place) => {
      questions["growthInner" + place] = ["growth", inScope({ by: "prefix", over: over() }, row.name)];
    });
  } else {
    questions.classes = ["totals", inScope({ by: "class" })];
    questions.cost = ["cost", inScope({ by: "state" })];
  }
  return questions;
}

/** History of everything is that of the buckets whose nights are all known: a sum with one unknown part is none. */
function historyQuestion() {
  const since = HISTORY_DAYS[scope.days] + "d";
  const more = { every: "day", since, limit: NIGHTS_MAX, ...(scope.prefix ? {} : { by: "class" }) };
  if (scope.bucket) return ["history", inScope(more)];
  const rows = rowsOf("growthParts");
  const known = wholeSpan(rows);
  if (known.length === rows.length || !known.length) return ["history", Object.entries(more)];
  const pairs = known.sort((one, other) => other.bytes - one.bytes).map((row) => ["bucket", row.bucket]);
  // A target may have 8 KiB.
  while (new URLSearchParams(pairs).toString().length > 6_000) pairs.pop();
  return ["history", [...pairs, ...Object.entries(more)]];
}

/** Rows of `growth` that are of the whole span, or as old as the index is, and up to the last night. */
function wholeSpan(rows) {
  const now = Date.now();
  const fresh = rows.filter((row) => row.bytes_change != null && freshness(row) === "complete");
  const first = Math.min(...fresh.map((row) => Date.parse(row.since)));
  const start = Math.max(first, now - scope.days * DAY) + 2 * DAY;
  return fresh.filter((row) => Date.parse(row.since) <= start);
}

/** Asks about the scope; quietly where only the index has changed, so that what is shown stays until then. */
async function load(isQuiet) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  if (!isQuiet) {
    answers = {};
    rowsShown = ROWS_SHOWN;
    load.skeleton = setTimeout(() => changed(...CARDS.flatMap(([, needs]) => needs)), 120);
  }
  drawAddress();
  const put = async ([name, [route, parameters]]) => {
    try {
      const answer = await ask(route, parameters, signal);
      // The percent form of the key or prefix of each row.
      for (const row of answer.rows) row.name ??= model.nameIn(row, "key" in row ? "key" : "prefix");
      answers[name] = { ...answer, asked: parameters };
    } catch (error) {
      if (signal.aborted || error.name === "AbortError") return;
      fail(error);
      // Figures that were there stay while the server is away.
      if (isPassing() && answers[name]?.rows) return;
      answers[name] = { refused: error };
    }
    if (!signal.aborted) changed(name);
  };
  const first = firstQuestions();
  await Promise.all(Object.entries(first).map(put));
  if (signal.aborted || trouble) return;
  const later = laterQuestions();
  for (const name of Object.keys(answers)) if (!(name in first) && !(name in later)) delete answers[name];
  await Promise.all(Object.entries(later).map(put));
  if (!signal.aborted) document.body.dataset.loaded = location.hash || "#";
}

// Redrawing: a card is drawn when something that it shows has come, once a frame.

const waiting = new Set();

function changed(...names) {
  if (!waiting.size) requestAnimationFrame(redraw);
  names.forEach((name) => waiting.add(name));
}

function redraw() {
  const begun = performance.now();
  clearTimeout(load.skeleton);
  const names = [...waiting];
  waiting.clear();
  const focused = document.activeElement?.dataset?.key;
  const isAway = trouble && !isPassing();
  drawTrouble();
  at("cards").hidden = Boolean(isAway);
  for (const [draw, needs] of isAway ? [] : CARDS) {
    if (names.some((name) => needs.some((need) => name.startsWith(need)))) draw();
  }
  if (focused && document.activeElement?.dataset?.key !== focused) {
    document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  drawFreshness();
  drawFoot();
  performance.measure("redraw", { start: begun, end: performance.now() });
}

const sumOf = (rows, field) => rows.reduce((sum, row) => sum + Number(row[field] ?? 0), 0);
/** The column that is measured, and how it is written; what costs is told apart where it is known. */
const field = () => (scope.metric === "objects" ? "objects" : "bytes");
const inField = (value) => (scope.metric === "objects" ? count : bytes)(value);
const rowsOf = (name) => answers[name]?.rows ?? [];
const has = (name) => Boolean(answers[name]?.rows);

/** Whether a card has its answers; while it has not, its box says so, and why. */
function isReady(box, ...names) {
  const refused = names.map((name) => answers[name]?.refused).find(Boolean);
  const isWaiting = names.some((name) => !answers[name]);
  if (refused) show(box, blank("Not to be had", refused.message));
  else if (isWaiting) show(box, element("div.skeleton", element("span.unseen", "Loading")));
  return !refused && !isWaiting;
}

/** Puts words into a box in place of what it would show. */
function show(box, node) {
  box.classList.add("has-words");
  box.replaceChildren(node);
}

const bucketNodes = (name) => nameNodes(model.encodeText(name));

/** Words in place of what is not there. */
const blank = (title, ...text) => element("div.blank", element("p.name", title), element("p", ...text));
const linkToRow = (row) => linkTo({ bucket: row.bucket, prefix: row.name });
const command = (...words) => element("code", words.join(" "));

// The scope's own facts.

const bucketRow = () => rowsOf("buckets").find((row) => row.bucket === scope.bucket) ?? null;
const freshness = (row) => model.freshness(row, Date.now());
const isUnlisted = (row) => row.synced_at == null && (row.state === "never" || row.state === "denied") && !row.objects;

/** Objects and bytes of the scope; null where they are not known. */
function totals() {
  if (!scope.bucket) {
    const rows = rowsOf("classes");
    if (has("buckets") && rowsOf("buckets").every(isUnlisted)) return { objects: null, bytes: null };
    return has("classes") ? { objects: sumOf(rows, "objects"), bytes: sumOf(rows, "bytes") } : null;
  }
  const bucket = bucketRow();
  if (!has("du")) return scope.prefix || !bucket || isUnlisted(bucket) ? null : bucket;
  const row = rowsOf("du").find((row) => row.name === scope.prefix);
  if (bucket && isUnlisted(bucket)) return { objects: null, bytes: null };
  return row ?? { objects: 0, bytes: 0 };
}

/** Rows of `du` one level below a prefix. */
function childRows(prefix = scope.prefix, bucket = scope.bucket) {
  if (!has("du")) return [];
  const level = depthOf(prefix) + 1;
  answers.du.byBucket ??= Map.groupBy(rowsOf("du"), (row) => row.bucket);
  return (answers.du.byBucket.get(bucket) ?? [])
    .filter(({ name }) => name !== prefix && name.startsWith(prefix) && depthOf(name) === level);
}

const isCut = () => rowsOf("du").length >= TILES_MAX;

/** All that is known of the level below the scope. */
const levelRows = () => (has("duLevel") ? rowsOf("duLevel").filter((row) => row.name !== scope.prefix) : childRows());

/** The growth of the whole scope in bytes or objects: { percent, change, since, of, all }. */
function scopeGrowth(name) {
  if (scope.bucket) {
    const [row] = rowsOf("growth");
    return row && { percent: percentOf(row, name), change: row[name + "_change"], since: row.since };
  }
  const rows = rowsOf("growthParts");
  const used = wholeSpan(rows);
  if (!used.length) return null;
  const before = sumOf(used, name + "_before");
  const change = sumOf(used, name + "_change");
  const since = used.map((row) => row.since).sort().at(-1);
  return { percent: before ? (100 * change) / before : null, change, since, of: used.length, all: rows.length };
}

function percentOf(row, name = field()) {
  if (name === "bytes") return row.percent;
  return row.objects_before && row.objects_change != null ? (100 * row.objects_change) / row.objects_before : null;
}

/** Growth by bucket and prefix, of all answers that tell it. */
function growthTable() {
  const table = new Map();
  for (const [name, { rows = [] }] of Object.entries(answers)) {
    if (!name.startsWith("growth")) continue;
    for (const row of rows) {
      if (row.bucket) table.set(row.bucket + "/" + row.name, { percent: percentOf(row), since: row.since });
    }
  }
  return table;
}

const spanWords = (since) => {
  const isShort = since && Date.now() - Date.parse(since) < (scope.days - 2) * DAY;
  return isShort ? `since ${model.isoDate(since)}` : `in ${SPAN_WORDS[scope.days]}`;
};

function growthNode(value) {
  if (value == null) return element("span.faint", UNKNOWN);
  const text = percent(value);
  const direction = text.startsWith("+") ? "more" : text.startsWith("\u2212") ? "less" : "same";
  const mark = { more: "▲ ", less: "▼ ", same: "" }[direction];
  return element("span." + direction, element("span.sign", { "aria-hidden": "true" }, mark), text);
}

// The bar and the address.

const linkTo = (changes) => model.formatAddress({ ...scope, budget: null, ...changes });

function drawAddress() {
  const crumb = (label, target) => (target ? element("a", { href: target, "data-key": "crumb:" + target }, ...label)
    : element("span", { "aria-current": "page" }, ...label));
  const parts = [[["All buckets"], linkTo({ bucket: "", prefix: "" })]];
  if (scope.bucket) parts.push([bucketNodes(scope.bucket), linkTo({ prefix: "" })]);
  for (let from = 0; from < scope.prefix.length;) {
    const slash = scope.prefix.indexOf("/", from);
    const end = slash < 0 ? scope.prefix.length : slash + 1;
    parts.push([nameNodes(scope.prefix.slice(from, end)), linkTo({ prefix: scope.prefix.slice(0, end) })]);
    from = end;
  }
  parts.at(-1)[1] = null;
  at("crumbs").replaceChildren(...parts.flatMap(([label, target], place) =>
    [place ? element("span.step", { "aria-hidden": "true" }, "›") : "", crumb(label, target)]));
  document.title = (scope.bucket ? model.location(scope.bucket, scope.prefix) + " · " : "") + "s3audit";
  choices(at("metric"), model.METRICS, METRIC_WORDS, scope.metric, (metric) => linkTo({ metric }));
  choices(at("span"), model.SPANS, SPAN_SHORT, scope.days, (days) => linkTo({ days }));
}

function choices(box, values, words, chosen, target) {
  const nodes = values.map((value) => element("a", {
    href: target(value), "aria-current": value === chosen ? "true" : null, "data-key": box.id + value,
  }, words[value]));
  const focused = document.activeElement?.dataset?.key;
  box.replaceChildren(...nodes);
  nodes.find((node) => node.dataset.key === focused)?.focus();
}

const STATE_ICONS = { complete: "check", stale: "clock", partial: "half", denied: "lock", never: "never" };

function statePill(row) {
  const state = freshness(row);
  const old = row.synced_at ? model.age(row.synced_at, Date.now()) : null;
  const words = state === "complete" ? `${old} ago` : state === "never" ? "never listed" : old ? `${state} ${old}`
    : `${state}, never listed`;
  return element("span", { class: "state " + state, title: row.error }, icon(STATE_ICONS[state]), words);
}

function drawFreshness() {
  const box = at("fresh");
  const parts = [];
  if (status?.sync_running) {
    const listed = status.running_objects == null ? "" : `, ${count(status.running_objects)} objects so far`;
    parts.push(element("span.state.syncing", { title: `A sync began at ${status.running_started_at}` },
      icon("turn"), element("span", "syncing", element("span.wide", listed))));
  } else if (status?.last_sync_ended_at) {
    const old = model.age(status.last_sync_ended_at, Date.now());
    parts.push(element("span.synced", { title: status.last_sync_ended_at }, icon("check"),
      element("span", element("span.wide", "synced "), `${old} ago`)));
  }
  const [unfresh, all] = countUnfresh();
  if (unfresh) {
    const of = ` of ${count(all)} buckets not fresh`;
    parts.push(element("a.state.stale", { href: linkTo({ bucket: "", prefix: "" }), "data-key": "unfresh",
      "aria-label": unfresh + of, on: { click: showUnfresh } },
      icon("clock"), element("span", String(unfresh), element("span.wide", of))));
  }
  box.replaceChildren(...parts);
}

/** How many buckets are not fresh: by their rows where all are known, else as the server counts states. */
function countUnfresh() {
  const fleet = scope.bucket ? answers.fleet : answers.buckets;
  if (fleet?.rows) countUnfresh.rows = fleet.rows;
  const rows = countUnfresh.rows;
  if (rows && rows.length === status?.buckets) return [rows.filter((row) => freshness(row) !== "complete").length,
    rows.length];
  return [status ? status.buckets - status.complete : 0, status?.buckets ?? 0];
}

function showUnfresh() {
  tableOrder = { column: "listed", isDown: true };
  changed("buckets");
  at("table-card").scrollIntoView({ block: "start" });
}

// What is wrong, in words: with the whole page, then with the scope.

function notice(kind, symbol, title, ...text) {
  return element("div", { class: "notice " + kind }, icon(symbol),
    element("p", element("strong", title), " ", ...text));
}

function drawTrouble() {
  const box = at("notices");
  const instead = at("instead");
  document.body.classList.toggle("away", isPassing());
  const isAway = trouble && !isPassing();
  instead.hidden = !isAway;
  if (isAway && instead.dataset.kind !== trouble.kind + trouble.detail) {
    instead.dataset.kind = trouble.kind + trouble.detail;
    instead.replaceChildren(trouble.kind === "no-index" ? noIndex() : tokenForm());
  }
  if (!isAway) {
    instead.dataset.kind = "";
    instead.replaceChildren();
  }
  const notices = isAway ? [] : [goneNotice(), scopeNotice()].filter(Boolean);
  const words = notices.map((node) => node.textContent).join();
  if (box.dataset.words !== words) box.replaceChildren(...notices);
  box.dataset.words = words;
}

function goneNotice() {
  if (!isPassing()) return null;
  const seen = status?.seen ? ` The figures are those of ${model.clock(status.seen)} UTC.` : "";
  const title = trouble.kind === "gone" ? trouble.detail : `The index cannot be read: ${trouble.detail}`;
  return notice("bad", "away", title,
    `Asking again every few seconds, since ${model.clock(trouble.since)} UTC.${seen}`);
}

function scopeNotice() {
  const row = scope.bucket ? bucketRow() : null;
  if (scope.bucket && !row && (has("buckets") || answers.buckets?.refused?.kind === "error")) {
    return notice("warn", "never", "This bucket is not in the index.", command("s3audit sync", "s3://" + scope.bucket));
  }
  if (!row) return null;
  const from = row.synced_at ? `Figures are from ${model.longDate(row.synced_at)}.`
    : "It was never listed: there are no figures.";
  const place = "s3://" + row.bucket;
  switch (freshness(row)) {
    case "denied":
      return notice("bad", "lock", "S3 refuses to list this bucket.", `${from} Ask for s3:ListBucket: `,
        command("s3audit doctor", place));
    case "partial":
      // A crawl marks its bucket while it runs.
      if (status?.sync_running && !row.error) return notice("quiet", "turn", "This bucket is being listed now.", from);
      return notice("warn", "half", "The last listing did not come to its end" + (row.error ? `: ${row.error}.` : "."),
        `What is here is true, but not all. ${from} `, command("s3audit sync", place));
    case "stale":
      return notice("warn", "clock", `Last listed ${model.age(row.synced_at, Date.now())} ago.`, `${from} `,
        command("s3audit sync", place));
    case "never":
      return notice("quiet", "never", "This bucket was never listed.", "Nothing is known of what it holds: ",
        command("s3audit sync", place));
    default:
      return null;
  }
}

function noIndex() {
  return element("section.card.alone", element("h2", "No index yet"),
    element("p",
      "This page shows what the last sync found, and there was none. Two commands make the index, which then appears."),
    element("ol",
      element("li", command("s3audit doctor"), " tells whether the credentials suffice."),
      element("li", command("s3audit sync"), " lists all buckets into the index.")));
}

function tokenForm() {
  const field = element("input", { type: "password", id: "token-field", autocomplete: "current-password",
    required: true, "aria-describedby": "token-words" });
  const words = trouble.kind === "many" ? "Too many wrong tokens came from here. Try again in a minute."
    : sessionStorage.getItem("s3audit.token") ? "The server does not accept this token."
      : "The server asks for the token that it was started with.";
  const submit = (event) => {
    event.preventDefault();
    sessionStorage.setItem("s3audit.token", field.value.trim());
    at("instead").dataset.kind = "";
    watch();
  };
  return element("section.card.alone", element("h2", "Token"),
    element("p", { id: "token-words", role: "alert" }, words),
    element("form.token", { on: { submit } }, element("label", { for: "token-field" }, "Token"), field,
      element("button", { type: "submit" }, "Open")));
}

// Figures.

/** A card of a figure: a text, or a value and its unit. */
function figure(title, figure, unit, under, spark) {
  const parts = typeof figure === "string" ? { value: figure } : figure;
  return element("div.figure-card", element("h2", title),
    element("p.value", parts.value, element("span.unit", [parts.unit, unit].filter(Boolean).join(" "))),
    element("p.under", ...under), spark);
}

function drawFigures() {
  const whole = totals();
  if (!whole && !Object.keys(answers).length) {
    at("figures").replaceChildren(...["Size", "Objects", "Cost", "Noncurrent, uploads", "Last night"].map((title) =>
      figure(title, "\u00a0", "", ["\u00a0"])));
    return;
  }
  at("figures").replaceChildren(
    figure("Size", model.bytesParts(whole?.bytes), "", growthWords(whole, "bytes"), spark("bytes")),
    figure("Objects", model.countParts(whole?.objects), "",
      field() === "objects" ? growthWords(whole, "objects") : [meanWords(whole)], spark("objects")),
    costFigure(), entriesFigure(whole), nightFigure());
}

function spark(field) {
  if (!has("history") || !rowsOf("history").length) return null;
  const days = model.historyDays(rowsOf("history"), field);
  const from = Date.now() - Math.max(scope.days, 7) * DAY;
  return sparkline(days.filter((day) => day.at >= from));
}

function growthWords(whole, name) {
  const row = scope.bucket ? bucketRow() : null;
  if (row && isUnlisted(row)) return ["never listed"];
  if (whole?.bytes === 0) return ["empty"];
  const growth = scopeGrowth(name);
  if (!growth || growth.change == null) {
    const isAsked = scope.bucket ? answers.growth : answers.growthParts;
    return [isAsked || !isRecorded() ? "growth not known yet" : "\u00a0"];
  }
  const isSome = growth.of < growth.all;
  const words = isSome ? ` · ${growth.of} of ${growth.all}` : ` ${spanWords(growth.since)}`;
  return [element("span", { title: isSome ? "Of buckets known at both ends, " + spanWords(growth.since) : null },
    growthNode(growth.percent), ` · ${model.signed(growth.change, name === "bytes" ? bytes : count)}${words}`)];
}

const meanWords = (whole) => (!whole || whole.objects == null ? "\u00a0" : whole.objects
  ? `mean ${bytes(whole.bytes / whole.objects)}` : "none");

/** The sum of rows of `cost`; not known where one is not. */
function sumOfCosts(rows) {
  const known = rows.map(({ usd, usd_at_least, usd_at_most }) =>
    ({ usd, least: usd ?? usd_at_least, most: usd ?? usd_at_most }));
  const sum = (name) => (known.some((row) => row[name] == null) ? null : sumOf(known, name));
  return { usd: sum("usd"), usd_at_least: sumOf(known, "least"), usd_at_most: sum("most") };
}

const pricesDate = () => (status?.prices_date ? `list prices of ${status.prices_date}` : "list prices");

function costFigure() {
  if (!has("cost")) return figure("Cost", answers.cost ? UNKNOWN : "…", "",
    [answers.cost?.refused?.message ?? "counting"]);
  if (totals()?.bytes === null) return figure("Cost", UNKNOWN, "", ["never listed"]);
  const known = model.price(sumOfCosts(rowsOf("cost")));
  const isRange = known.text.includes(UNKNOWN) && known.usd != null;
  const under = known.isKnown ? pricesDate() : isRange ? "a month, as its tiers are not known"
    : known.usd ? "some prices are not known" : "price unknown";
  const card = figure("Cost", known.text, known.usd == null || isRange ? "" : "a month", [under]);
  if (!known.isKnown) card.title = (answers.cost.notes ?? []).join("\n");
  return card;
}

function entriesFigure(whole) {
  const title = "Noncurrent, uploads";
  if (!has("cost")) return figure(title, answers.cost ? UNKNOWN : "…", "", ["\u00a0"]);
  const rows = rowsOf("cost").filter((row) => row.stored_state !== "current");
  const known = rows.filter((row) => row.bytes != null);
  if (!known.length) return figure(title, UNKNOWN, "", ["listed by sync --versions --uploads"]);
  const held = sumOf(known, "bytes");
  const share = whole?.bytes ? `${((100 * held) / whole.bytes).toFixed(1)} % · ` : "";
  const usd = model.price(sumOfCosts(known));
  return figure(title, model.bytesParts(held), "", [share + (usd.usd == null ? "price unknown" : usd.text
    + " a month")]);
}

function nightFigure() {
  const title = "Last night";
  if (!answers.changes) return figure(title, "…", "", ["\u00a0"]);
  if (answers.changes.next) return figure(title, UNKNOWN, "", ["too many buckets to add up"]);
  const known = rowsOf("changes").filter((row) => row.added != null);
  if (!known.length) {
    const row = bucketRow();
    const isListed = row && freshness(row) === "complete";
    return figure(title, UNKNOWN, "", [isListed ? "nothing to compare with yet" : "not listed last night"]);
  }
  const [modified, removed] = [sumOf(known, "modified"), sumOf(known, "removed")].map((sum) => sum && count(sum));
  const added = model.countParts(sumOf(known, "added"));
  return figure(title, { value: "+" + added.value, unit: added.unit }, "objects",
    [`\u2212${removed} · `, modified ? modified + " modified · " : "",
      model.signed(sumOf(known, "bytes_change"), bytes)]);
}

// Where it is.

const FORMATS = { size: bytes, objects: count, cost: money };

/** Costs by bucket and prefix. */
function costTable() {
  return new Map(rowsOf("costs").map((row) => [row.bucket + "/" + row.name, model.price(row)]));
}

function mapGroups() {
  const costs = costTable();
  const growth = growthTable();
  const states = new Map(rowsOf("buckets").map((row) => [row.bucket, freshness(row)]));
  const tile = (row, encoded, parent) => {
    const key = row.bucket + "/" + encoded;
    const values = { size: row.bytes, objects: row.objects, cost: costs.get(key)?.usd };
    const value = values[scope.metric] ?? 0;
    return {
      name: key, value, figure: FORMATS[scope.metric](value),
      encoded: scope.bucket ? encoded : model.encodeText(row.bucket) + (encoded ? "/" + encoded : ""),
      short: encoded ? model.below(encoded, parent) : model.encodeText(row.bucket),
      label: model.visible(model.encodeText(row.bucket)) + (encoded ? "/" + model.visible(encoded) : ""),
      growth: growth.get(key)?.percent ?? null,
      href: linkTo({ bucket: row.bucket, prefix: encoded }),
      state: states.get(row.bucket), note: states.get(row.bucket) === "complete" ? null : states.get(row.bucket),
    };
  };
  const isCost = scope.metric === "cost";
  if (scope.bucket) {
    return childRows().map((row) => {
      const children = isCost ? [] : childRows(row.name).map((child) => tile(child, child.name, row.name));
      return { ...tile(row, row.name, scope.prefix), children };
    });
  }
  return rowsOf("buckets").map((row) => {
    const children = isCost ? [] : childRows("", row.bucket).map((child) => tile(child, child.name, ""));
    return { ...tile(row, "", ""), children };
  });
}

function drawWhere() {
  const box = at("map");
  const needs = scope.metric === "cost" ? ["du", "buckets", "costs"] : ["du", "buckets"];
  // Where there are no prefixes, nobody is asked what they cost.
  const hasNone = scope.bucket && has("du") && !childRows().length;
  drawLegend();
  if (!isReady(box, ...(hasNone ? ["du"] : needs))) return;
  const groups = mapGroups().filter((group) => group.value > 0);
  if (!groups.length) return show(box, emptyMap());
  box.classList.remove("has-words");
  const kept = document.activeElement?.closest?.("#map a")?.getAttribute("href");
  drawMap(box, groups, { isDeep: matchMedia("(min-width: 720px)").matches, span: SPAN_WORDS[scope.days], kept });
}

function emptyMap() {
  const whole = totals();
  const row = bucketRow();
  if (!scope.bucket) {
    return rowsOf("buckets").length && scope.metric === "cost"
      ? blank("No costs", "No price is known for what is here.")
      : blank("No objects", "None of the buckets holds anything that is known.");
  }
  if (!row) return blank("Not in the index", "There is no such bucket.");
  if (isUnlisted(row)) return blank("Nothing is known", "This bucket was never listed.");
  if (!whole?.objects) {
    const old = row.synced_at ? `Listed ${model.age(row.synced_at, Date.now())} ago: ` : "";
    return blank("No objects", scope.prefix ? `${old}nothing begins with this.` : `${old}the bucket is empty.`);
  }
  if (childRows().length) return blank("No costs", "No price is known for what is here.");
  return blank("No prefixes here", whole.objects === 1 ? "Its one object is listed underneath."
    : `All ${count(whole.objects)} objects lie directly below; the largest are listed underneath.`);
}

function drawLegend() {
  const steps = [0, 1, 2, 3, 4, 5, 6].map((step) => element("span", { class: "g" + step }));
  at("legend").replaceChildren(element("span.wide", "shrinks"),
    element("span.steps", { "aria-hidden": "true" }, ...steps),
    `grows, ${SPAN_SHORT[scope.days]}`);
}

// History.

const budgetKey = () => "s3audit.budget:" + scope.bucket + "/" + scope.prefix;
const budget = () => scope.budget ?? (Number(localStorage.getItem(budgetKey())) || null);

function drawHistoryCard() {
  const box = at("history");
  const side = at("history-side");
  side.replaceChildren(budgetButton());
  box.onpointermove = box.onkeydown = null;
  box.setAttribute("aria-label", "History");
  if (!isRecorded()) {
    return show(box, blank("Not kept", "History is kept of buckets and of two levels of prefixes."));
  }
  if (!isReady(box, "history")) return;
  const rows = rowsOf("history");
  const days = model.historyDays(rows, field());
  const known = days.filter((day) => day.total);
  if (!known.length) {
    const row = bucketRow();
    const isEmpty = row && freshness(row) === "complete" && !totals()?.objects;
    return show(box, blank("Nothing yet", row && isUnlisted(row) ? "History begins with the first listing."
      : isEmpty ? "History begins with the first object." : "History begins with the first complete listing."));
  }
  box.classList.remove("has-words");
  const line = model.trend(days);
  const classes = [...new Set(rows.map((row) => row.storage_class ?? ""))].sort(model.byWarmth);
  const most = scope.metric === "objects" ? null : budget();
  const until = line ? Date.now() + HISTORY_DAYS[scope.days] * 0.16 * DAY : Date.now();
  drawHistory(box, { days, isBytes: field() === "bytes", format: inField, line, budget: most, classes, until });
  box.setAttribute("aria-label", historyLabel(days));
  side.prepend(...historySide(line, most, days));
}

function historyLabel(days) {
  const known = days.filter((day) => day.total !== null);
  const gaps = days.length - known.length;
  return `From ${inField(known[0].total)} on ${model.isoDate(known[0].at)} to ${inField(known.at(-1).total)} on `
    + `${model.isoDate(known.at(-1).at)}` + (gaps ? `; ${gaps} nights without a complete listing` : "")
      + ". Arrow keys go from night to night.";
}

/** What must be said beside the chart: of how many buckets it is, and when the budget is reached. */
function historySide(line, most, days) {
  const asked = answers.history.asked.filter(([name]) => name === "bucket").map(([, name]) => name);
  const all = rowsOf("growthParts").length;
  const parts = scope.metric === "cost" ? [element("span", "by size")] : [];
  if (!scope.bucket && asked.length && asked.length < all) {
    const left = rowsOf("growthParts").map((row) => row.bucket).filter((name) => !asked.includes(name));
    parts.push(element("span", { title: "without " + left.join(", ") }, `${asked.length} of ${all}${most ? "" : " buckets"}`));
  }
  if (most) {
    const isThere = days.filter((day) => day.total !== null).at(-1).total >= most;
    const day = model.budgetDay(line, most, Date.now());
    parts.push(element("span", isThere ? "over budget" : day ? `budget reached ${day}`
      : "budget not reached as it goes"));
  }
  return parts;
}

function budgetButton() {
  const open = () => {
    const form = at("budget-form");
    form.hidden = !form.hidden;
    at("budget-error").textContent = "";
    at("budget-field").value = budget() ? bytes(budget()).replace("\u00a0", " ") : "";
    if (!form.hidden) at("budget-field").focus();
  };
  return element("button.plain.small", { type: "button", "data-key": "budget",
    "aria-expanded": String(!at("budget-form").hidden), on: { click: open } }, "Budget");
}

function keepBudget(size) {
  if (size) localStorage.setItem(budgetKey(), size);
  else localStorage.removeItem(budgetKey());
  at("budget-form").hidden = true;
  if (scope.budget) location.hash = linkTo({});
  drawHistoryCard();
  document.querySelector('[data-key="budget"]')?.focus();
}

function drawClasses() {
  const box = at("classes");
  if (answers.classes?.refused) return box.replaceChildren(element("p.faint", answers.classes.refused.message));
  const parts = rowsOf("classes").filter((row) => row.storage_class && row[field()])
    .map((row) => ({ name: row.storage_class, value: row[field()] })).sort((one, other) => other.value - one.value);
  const all = sumOf(parts, "value");
  if (!answers.classes && scope.prefix) return box.replaceChildren(element("p.faint", "counting classes…"));
  if (!parts.length) return box.replaceChildren();
  box.replaceChildren(classStrip(parts), element("ul.classes", ...parts.map(({ name, value }) => element("li",
    element("span", { class: "dot " + model.classColour(name) }), element("span.name", model.className(name)),
    element("span.figure", inField(value)), element("span.share", ((100 * value) / all).toFixed(1) + "\u00a0%")))));
}

// The table.

const STATE_RANK = { complete: 0, never: 1, stale: 2, partial: 3, denied: 4 };

/** Rows of the table: buckets, or prefixes one level down. */
function tableRows() {
  const costs = costTable();
  const growth = growthTable();
  const rows = scope.bucket ? levelRows() : rowsOf("buckets");
  return rows.map((row) => {
    const encoded = scope.bucket ? row.name : "";
    const key = row.bucket + "/" + encoded;
    const isUnknown = !scope.bucket && isUnlisted(row);
    return {
      row, encoded, key, name: scope.bucket ? model.visible(model.below(encoded, scope.prefix)) : row.bucket,
      short: scope.bucket ? model.below(encoded, scope.prefix) : model.encodeText(row.bucket),
      size: isUnknown ? null : row.bytes, objects: isUnknown ? null : row.objects,
      growth: growth.get(key)?.percent ?? null, since: growth.get(key)?.since,
      price: isUnknown ? null : costs.get(key), cost: isUnknown ? null : costs.get(key)?.usd ?? null,
      listed: STATE_RANK[scope.bucket ? "complete" : freshness(row)],
    };
  });
}

const COLUMNS = [
  ["name", "Name"], ["size", "Size"], ["objects", "Objects"], ["growth", ""], ["cost", "Cost a month"],
];

function drawTable() {
  const box = at("table");
  at("table-title").textContent = scope.bucket ? "Prefixes" : "Buckets";
  at("table-side").replaceChildren();
  if (!isReady(box, scope.bucket ? "du" : "buckets")) return;
  const rows = tableRows().sort(inOrder);
  drawTableSide(rows);
  if (!rows.length) return box.replaceChildren(scope.bucket ? element("p.faint", "None at this level.")
    : blank("No buckets", "The index holds none yet."));
  const columns = scope.bucket ? COLUMNS : [...COLUMNS, ["classes", "Classes"], ["listed", "Listed"]];
  const most = Math.max(...rows.map((row) => row.size ?? 0), 1);
  const head = element("tr", ...columns.map(heading));
  const body = rows.slice(0, rowsShown).map((row) => tableRow(row, most));
  box.replaceChildren(
    element("table", { class: scope.bucket ? "prefixes" : "buckets", "aria-labelledby": "table-title" },
      element("thead", head), element("tbody", ...body, directRow(rows))),
    ...(rows.length > rowsShown ? [moreButton(rows.length)] : []));
}

function drawTableSide(rows) {
  const accounts = new Set(rowsOf("buckets").map((row) => row.account).filter(Boolean)).size;
  const all = status?.buckets ?? rows.length;
  const cut = isCut() && (!has("duLevel") || answers.duLevel.next) ? "the largest " : "";
  at("table-side").textContent = scope.bucket ? cut + count(rows.length)
    : rows.length < all ? `the largest ${count(rows.length)} of ${count(all)}`
      : `${count(all)}${accounts > 1 ? ` in ${accounts} accounts` : ""}`;
}

function inOrder(one, other) {
  const { column, isDown } = tableOrder;
  const [left, right] = [one[column], other[column]];
  // What is not known comes last, whichever way it goes.
  if (left == null || right == null) return (left == null) - (right == null) || (one.name < other.name ? -1 : 1);
  const sign = left < right ? -1 : left > right ? 1 : 0;
  return (isDown ? -sign : sign) || (one.name < other.name ? -1 : 1);
}

function heading([column, title]) {
  const words = column === "growth" ? SPAN_WORDS[scope.days] : title;
  if (column === "classes") return element("th.classes", { scope: "col" }, words);
  const isSorted = tableOrder.column === column;
  const sort = () => {
    tableOrder = { column, isDown: isSorted ? !tableOrder.isDown : column !== "name" };
    drawTable();
    document.querySelector(`[data-key="sort:${column}"]`).focus();
  };
  const [order, arrow] = !isSorted ? [null, ""] : tableOrder.isDown ? ["descending", " ↓"] : ["ascending", " ↑"];
  return element("th." + column, { scope: "col", "aria-sort": order },
    element("button", { type: "button", "data-key": "sort:" + column, on: { click: sort } }, words,
      element("span", { "aria-hidden": "true" }, arrow)));
}

const cell = (name, ...children) => element("td." + name, ...children);

function tableRow(entry, most) {
  const { row } = entry;
  const href = linkTo({ bucket: row.bucket, prefix: entry.encoded });
  const place = scope.bucket ? null : element("span.place", [row.region, row.account].filter(Boolean).join(" · "));
  const cost = entry.price?.usd != null ? entry.price.text
    : element("span.faint", { title: entry.price ? "no price is known" : scope.bucket ? "counted by Cost" : null },
      entry.price ? "unknown" : UNKNOWN);
  return element("tr",
    cell("name", icon(scope.bucket ? "folder" : "bucket"), element("a",
      { href, title: entry.name, "data-key": "row:" + href }, nameNodes(entry.short)), place),
    cell("size", shareBar((entry.size ?? 0) / most), element("span.figure", bytes(entry.size))),
    cell("objects", count(entry.objects)),
    cell("growth", element("span", { title: entry.since ? spanWords(entry.since) : null }, growthNode(entry.growth))),
    cell("cost", cost),
    ...(scope.bucket ? [] : [cell("classes", classStrip(classParts(row))), cell("listed", statePill(row))]));
}

/** A row of `buckets` has a column of bytes for each storage class that occurs. */
const classParts = (row) => Object.entries(row)
  .filter(([name, value]) => name.startsWith("bytes_") && value > 0)
  .map(([name, value]) => ({ name: name.slice(6).toUpperCase(), value })).sort((one, other) =>
    model.byWarmth(one.name, other.name));

/** What lies directly at this level, where all prefixes are known. */
function directRow(rows) {
  const whole = scope.bucket && !(isCut() && (!has("duLevel") || answers.duLevel.next)) ? totals() : null;
  if (!whole?.objects) return null;
  const objects = whole.objects - sumOf(rows, "objects");
  if (objects <= 0) return null;
  return element("tr.direct", cell("name", icon("file"), "objects directly here"),
    cell("size", element("span.figure", bytes(Math.max(0, whole.bytes - sumOf(rows, "size"))))),
    cell("objects", count(objects)), cell("growth"), cell("cost"));
}

function moreButton(all) {
  const show = () => {
    rowsShown += 500;
    drawTable();
  };
  return element("button.more-rows", { type: "button", on: { click: show } }, `Show more of ${count(all)}`);
}

// Findings, the last night and the largest objects.

const SEVERITIES = { high: ["!", "bad"], medium: ["!", "warn"], low: ["i", "info"], info: ["?", "info"] };

function drawFindings() {
  const box = at("findings");
  at("findings-side").textContent = "";
  if (scope.prefix) return box.replaceChildren(element("p.faint", "Findings are about whole buckets: ",
    element("a", { href: linkTo({ prefix: "" }) }, bucketNodes(scope.bucket))));
  if (!isReady(box, "findings")) return;
  const groups = Map.groupBy(rowsOf("findings"), (row) => row.finding);
  at("findings-side").textContent = groups.size ? `${groups.size} open` : "";
  if (!groups.size) return show(box, blank("None", "Nothing was found that an auditor should know."));
  box.replaceChildren(element("ul.findings", ...[...groups.values()].map(finding)));
}

function finding(rows) {
  const [first] = rows;
  const [mark, kind] = SEVERITIES[first.severity] ?? SEVERITIES.info;
  const names = new Set(rows.map((row) => row.bucket));
  const link = ({ bucket }) => element("a", { href: linkTo({ bucket, prefix: "" }) }, bucketNodes(bucket));
  const badge = element("span", { class: "badge " + kind, title: first.severity }, mark,
    element("span.unseen", first.severity));
  const title = element("span.name", model.FINDINGS[first.finding] ?? first.finding);
  const figure = element("span.figure", first.finding === "not-checked" ? "" : bytes(sumOf(rows, "bytes")));
  if (rows.length === 1) {
    const where = scope.bucket ? [] : [link(first), " · "];
    return element("li", badge, element("div", title, element("p.under", where, first.detail)), figure);
  }
  const what = names.size > 1 ? `${names.size} buckets` : `${rows.length} times`;
  return element("li", badge, element("details", element("summary", title,
    element("span.under", `${first.bucket} · ${what}`)),
    element("ul", ...rows.slice(0, 50).map((row) => element("li", link(row), " · ", row.detail)))), figure);
}

function drawNight() {
  const box = at("night");
  at("night-side").textContent = status?.last_sync_started_at ? "sync of "
    + model.isoDate(status.last_sync_started_at) : "";
  if (!isReady(box, "more", "less")) return;
  const rows = nightRows();
  if (!rows.length) return show(box, noNight());
  const most = Math.max(...rows.map((row) => Math.abs(row.bytes_change)));
  box.replaceChildren(element("ul.night", ...rows.map((row) => {
    const shown = scope.bucket ? row.name : model.encodeText(row.bucket) + "/" + row.name;
    return element("li", element("a.key", { href: linkToRow(row) }, nameNodes(shown)),
      element("span.figure", model.signed(row.bytes_change, bytes)), changeBar(row.bytes_change / most));
  })));
}

/** Why no change is shown: none was found, or nobody looked. */
function noNight() {
  const row = bucketRow();
  return row && freshness(row) !== "complete" ? blank("Not known", "This bucket was not listed last night.")
    : blank("No changes", "Nothing is known to have changed since the sync before.");
}

/** The five prefixes that changed most; a bucket or a level of its own only where nothing lies below it. */
function nightRows() {
  const found = new Map();
  for (const row of [...rowsOf("more"), ...rowsOf("less")]) {
    if (row.bytes_change) found.set(row.bucket + "/" + row.name, row);
  }
  const rows = [...found.values()];
  const hasBelow = (row) => rows.some((other) => other !== row && other.bucket === row.bucket
    && other.name !== row.name && other.name.startsWith(row.name));
  return rows.filter((row) => !hasBelow(row)).sort((one, other) =>
    Math.abs(other.bytes_change) - Math.abs(one.bytes_change)).slice(0, 5);
}

function drawObjects() {
  const box = at("objects");
  if (!isReady(box, "objects")) return;
  const rows = rowsOf("objects");
  if (!rows.length) return show(box, blank("None", "No object is known here."));
  box.replaceChildren(element("ul.objects", ...rows.map((row) => {
    const encoded = row.name;
    const shown = scope.bucket ? model.below(encoded, scope.prefix) : model.encodeText(row.bucket) + "/" + encoded;
    return element("li",
      element("button.key", { type: "button", "aria-haspopup": "dialog", "data-key": "object:" + row.bucket + "/"
        + encoded, on: { click: () => showFacts(row, encoded) } }, nameNodes(shown)),
      element("span.figure", bytes(row.size)), element("span.class", model.className(row.storage_class)),
      element("span.date", model.isoDate(row.last_modified)));
  })));
}

/** Everything that is known of an object. */
function showFacts(row, encoded) {
  const dialog = at("facts");
  const facts = [
    ["Bucket", bucketNodes(row.bucket)], ["Key", nameNodes(encoded)],
    ["Size", [`${bytes(row.size)} (${model.grouped(row.size)} bytes)`]],
    ["Class", [model.className(row.storage_class)]], ["Last modified", [row.last_modified]], ["ETag", [row.etag]],
    ["Listed", [row.synced_at ?? "not to its end"]],
  ];
  const close = () => dialog.close();
  dialog.replaceChildren(element("h2", { id: "facts-title" }, "Object"),
    element("dl", ...facts.flatMap(([term, value]) => [element("dt", term), element("dd", ...value)])),
    element("div.buttons",
      element("a.button", { href: linkTo({ bucket: row.bucket, prefix: model.parentOf(encoded) }),
        on: { click: close } }, "Open its prefix"),
      element("button", { type: "button", on: { click: close } }, "Close")));
  dialog.showModal();
}

// The foot.

/** When the last sync was, and what it took. */
function lastSync() {
  const { last_sync_started_at: from, last_sync_ended_at: to, last_sync_state: state } = status;
  const requests = status.last_sync_requests;
  if (!from) return "no sync yet";
  const times = `${model.isoDate(from)} ${model.clock(from)}${UNKNOWN}${to ? model.clock(to) : ""} UTC`;
  const words = [times, requests == null ? "" : model.grouped(requests) + " requests"];
  if (state !== "complete") words.push(state);
  return "last sync " + words.filter(Boolean).join(", ");
}

function drawFoot() {
  if (!status) return;
  const words = [`s3audit ${status.version}`, `index ${bytes(status.index_bytes)}, schema ${status.schema}`, lastSync(),
    status.prices_date ? `prices of ${status.prices_date}` : "no prices"];
  at("foot").replaceChildren(...words.map((text) => element("span", text)));
}

/** Each card with the names that it shows; a name stands for all that begin with it. */
const CARDS = [
  [drawFigures, ["status", "du", "classes", "buckets", "growth", "history", "cost", "changes"]],
  [drawWhere, ["du", "buckets", "growth", "costs"]],
  [drawHistoryCard, ["history", "buckets"]],
  [drawClasses, ["classes"]],
  [drawTable, ["status", "du", "buckets", "growth", "costs"]],
  [drawFindings, ["findings", "buckets"]],
  [drawNight, ["more", "less", "status", "buckets"]],
  [drawObjects, ["objects"]],
];

// The field to jump.

function suggestions() {
  const typed = at("jump-field").value.trim();
  const wanted = model.parseJump(typed);
  const buckets = (countUnfresh.rows ?? rowsOf("buckets")).filter((row) => row.bucket.includes(wanted.bucket) || !typed)
    .map((row) => ({ bucket: row.bucket, prefix: "" }));
  const prefixes = scope.bucket ? childRows().map((row) => ({ bucket: row.bucket, prefix: row.name }))
    .filter((place) => model.location(place.bucket, place.prefix).includes(typed)) : [];
  return [...prefixes.slice(0, 4), ...buckets].slice(0, 8);
}

function drawSuggestions() {
  const [field, list] = [at("jump-field"), at("jump-list")];
  const places = suggestions();
  list.replaceChildren(...places.map((place, number) => element("li", {
    id: "jump-" + number, role: "option", "aria-selected": "false", "data-href": linkTo(place),
    on: { pointerdown: (event) => { event.preventDefault(); jump(linkTo(place)); } },
  }, icon(place.prefix ? "folder" : "bucket"), element("span",
    nameNodes(model.encodeText(place.bucket) + (place.prefix ? "/" + place.prefix : ""))))));
  list.hidden = !places.length;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
}

function jump(href) {
  closeJump();
  at("jump-field").value = "";
  at("jump-field").blur();
  location.hash = href;
}

function closeJump() {
  at("jump-list").hidden = true;
  at("jump-field").setAttribute("aria-expanded", "false");
}

function jumpKey(event) {
  const [field, list] = [at("jump-field"), at("jump-list")];
  if (event.key === "Escape") {
    closeJump();
    field.blur();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  if (list.hidden) drawSuggestions();
  const options = [...list.children];
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = options[(now + (event.key === "ArrowDown" ? 1 : options.length + (now < 0 ? 0 : -1))) % options.length];
  options.forEach((option) => option.setAttribute("aria-selected", String(option === next)));
  if (next) field.setAttribute("aria-activedescendant", next.id);
}

function submitJump(event) {
  event.preventDefault();
  const chosen = at("jump-list").querySelector('[aria-selected="true"]');
  const typed = at("jump-field").value.trim();
  if (chosen) jump(chosen.dataset.href);
  else if (typed) jump(linkTo(model.parseJump(typed)));
}

// Keys and themes.

const KEYS = [
  ["/", "jump to a bucket or s3://bucket/prefix"], ["u, Backspace", "one level up"],
    ["arrows", "the next tile of the map that way"],
  ["Enter", "open the tile"], ["m", "size, objects, cost"], ["t", "light, dark, as the system has it"],
    ["?", "this list"], ["Esc", "close"],
];

function showKeys() {
  const dialog = at("keys");
  dialog.replaceChildren(element("h2", { id: "keys-title" }, "Keys"),
    element("dl", ...KEYS.flatMap(([key, does]) => [element("dt", element("kbd", key)), element("dd", does)])),
    element("div.buttons", element("button", { type: "button", on: { click: () => dialog.close() } }, "Close")));
  dialog.showModal();
}

function pressed(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, dialog")) return;
  const does = {
    "/": () => at("jump-field").focus(), u: goUp, Backspace: goUp, m: nextMetric, t: nextTheme, "?": showKeys,
      Escape: hideTip,
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

// Keys come faster than the page follows: the address says where they are pressed.
function goUp() {
  const { bucket, prefix } = model.parseAddress(location.hash);
  if (prefix) location.hash = linkTo({ bucket, prefix: model.parentOf(prefix) });
  else if (bucket) location.hash = linkTo({ bucket: "", prefix: "" });
}

function nextMetric() {
  const here = model.parseAddress(location.hash);
  const metric = model.METRICS[(model.METRICS.indexOf(here.metric) + 1) % model.METRICS.length];
  location.hash = linkTo({ ...here, metric });
}

const THEMES = { auto: ["◐", "as the system has it"], light: ["○", "light"], dark: ["●", "dark"] };

function nextTheme() {
  const names = Object.keys(THEMES);
  const now = localStorage.getItem("s3audit.theme") ?? "auto";
  localStorage.setItem("s3audit.theme", names[(names.indexOf(now) + 1) % names.length]);
  applyTheme();
}

function applyTheme() {
  const name = THEMES[localStorage.getItem("s3audit.theme")] ? localStorage.getItem("s3audit.theme") : "auto";
  const [mark, words] = THEMES[name];
  document.documentElement.dataset.theme = name;
  at("theme").textContent = mark;
  at("theme").setAttribute("aria-label", "Theme: " + words);
}

// The start.

/** Takes a token out of the address, so that neither a link nor the history keeps it. */
function takeToken() {
  const { token } = model.parseAddress(location.hash);
  if (!token) return false;
  sessionStorage.setItem("s3audit.token", token);
  history.replaceState(null, "", location.pathname + location.search);
  scope = model.parseAddress("");
  return true;
}

function navigated() {
  if (takeToken()) {
    at("instead").dataset.kind = "";
    watch();
    return;
  }
  const before = scope;
  scope = model.parseAddress(location.hash);
  hideTip();
  at("budget-form").hidden = true;
  if (before.metric !== scope.metric) tableOrder = { column: scope.metric, isDown: true };
  if (before.bucket !== scope.bucket || before.prefix !== scope.prefix) {
    scrollTo(0, 0);
    at("spoken").textContent = scope.bucket ? model.location(scope.bucket, scope.prefix) : "All buckets";
    if (!document.activeElement?.closest?.(".top, .controls")) at("main").focus({ preventScroll: true });
  }
  if (!trouble || isPassing()) load(false);
  else drawAddress();
}

/** What is drawn to measure is drawn again where its box has another size. */
function watchSize(box, name) {
  let drawn = "";
  new ResizeObserver(([{ contentRect: { width, height } }]) => {
    const size = `${Math.round(width)}x${Math.round(height)}`;
    if (drawn && drawn !== size) changed(name);
    drawn = size;
  }).observe(box);
}

const on = (id, event, does) => at(id).addEventListener(event, does);

function start() {
  applyTheme();
  takeToken();
  addEventListener("hashchange", navigated);
  addEventListener("keydown", pressed);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible"
    && trouble?.kind !== "token" && watch());
  on("theme", "click", nextTheme);
  on("help", "click", showKeys);
  on("skip", "click", (event) => { event.preventDefault(); at("main").focus(); });
  on("jump", "submit", submitJump);
  on("jump-field", "input", drawSuggestions);
  on("jump-field", "focus", drawSuggestions);
  on("jump-field", "blur", closeJump);
  on("jump-field", "keydown", jumpKey);
  at("history").tabIndex = 0;
  at("history").setAttribute("role", "group");
  on("budget-none", "click", () => keepBudget(null));
  on("budget-form", "submit", (event) => {
    event.preventDefault();
    const size = model.parseSize(at("budget-field").value);
    if (size) keepBudget(size);
    else at("budget-error").textContent = "A size like 500 TiB is wanted.";
  });
  watchSize(at("map"), "growth");
  watchSize(at("history"), "history");
  drawAddress();
  watch();
}

start();
