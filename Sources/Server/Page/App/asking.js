// The server and what it is asked about the scope. The files of this folder are one module, app.js, in the order of
// `PageFiles`.

import * as model from "./model.js";
import {
  SILENT, changeBar, classStrip, drawHistory, drawMap, element, hideTip, icon, isChord, nameNodes, shareBar, sparkline,
  textNodes,
} from "./charts.js";

const { bytes, count, percent, UNKNOWN } = model;
const at = (id) => document.getElementById(id);
const SPANS = { 7: "7 d", 30: "30 d", 90: "90 d", 365: "1 y" };
// Days in the chart, by the span of growth.
const HISTORY_DAYS = { 7: 30, 30: 92, 90: 182, 365: 400 };
const DAY = 86_400_000;
const ROWS_MAX = 10_000, PAGE_ROWS = 1000, ROWS_SHOWN = 100, TILES_MAX = 400, TOKEN_MAX = 4096;
const COUNTED_MAX = 2_000_000, TARGET_MAX = 6_000;

let scope = model.parseAddress(location.hash);
let status = null;
let trouble = null;
let answers = {};
let asking = new AbortController();
/** How far down, and how many rows, was seen of each entry of the history; `here` is the open one. */
const visits = new Map();
let here;
let tableOrder = { column: scope.metric, isDown: true };

/** Refusals of the whole page. */
const KINDS = { "wrong-token": "token", "too-many-tries": "many", "no-index": "no-index", "unusable-index": "unusable" };

const refused = (kind, detail, seconds) => Object.assign(new Error(detail), { kind, seconds });

// Answers, until the index has another stamp.
const kept = { stamp: null, answers: new Map() };

async function ask(route, parameters, signal) {
  const address = `api/v1/${route}?${new URLSearchParams(parameters)}`;
  const found = kept.answers.get(address);
  if (found) return found;
  for (let attempt = 1; ; attempt++) {
    try {
      const { stamp } = kept;
      const answer = await fetched(address, signal);
      // The percent form of the key or prefix of each row.
      for (const row of answer.rows) row.name = model.nameIn(row, "key" in row ? "key" : "prefix");
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
  // What no header can hold is no token, and is not sent.
  if (token && (token.length > TOKEN_MAX || /[^\x21-\x7e]/.test(token))) throw refused("token", "");
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  let response;
  try {
    response = await fetch(address, { headers, signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    throw error.name === "AbortError" ? error : refused("gone", "The server does not answer.");
  }
  if (response.ok) return response.json();
  const { type = "", detail } = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  const kind = KINDS[type.replace("urn:s3audit:", "")] ?? (response.status === 503 && seconds ? "busy" : "error");
  throw refused(kind, detail || `The server answered ${response.status}.`, seconds);
}

/** Asks how the index is, every 15 seconds; every 5 while something is about to change. */
async function watch() {
  clearTimeout(watch.timer);
  if (document.visibilityState !== "hidden" || !status) {
    try {
      const [row] = (await ask("status", {})).rows;
      if (!row?.stamp) throw refused("no-index", "");
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
  // A wrong token is not tried again: ten of them shut the door for a minute.
  if (trouble?.kind === "token") return;
  const seconds = trouble?.kind === "many" ? trouble.seconds || 60 : trouble || status?.sync_running ? 5 : 15;
  watch.timer = setTimeout(watch, seconds * 1000);
}

const isPassing = () => trouble?.kind === "gone" || trouble?.kind === "unusable";

function fail(error) {
  if (error.name === "AbortError") return;
  if ([undefined, "error", "busy"].includes(error.kind)) {
    // Without its state the page has nothing to show.
    if (status) return;
    error = refused("gone", error.message);
  }
  const since = trouble?.kind === error.kind ? trouble.since : Date.now();
  trouble = { kind: error.kind, detail: error.message, seconds: error.seconds, since };
  if (!isPassing()) {
    answers = {};
    asking.abort();
  }
  changed("status");
}

// What is asked: few questions, small ones first.

const depthOf = (prefix) => (prefix.match(/\//g) ?? []).length;

function inScope(more = {}, { bucket, account, prefix } = scope) {
  const pairs = bucket ? [["bucket", model.literal(bucket)]] : [];
  if (account) pairs.push(["account", model.literal(account)]);
  if (prefix) pairs.push(model.prefixParameter(prefix));
  return [...pairs, ...Object.entries(more)];
}

const over = () => (scope.days === 365 ? "1y" : scope.days + "d");
const sortedBy = () => (scope.metric === "objects" ? "-objects" : "-bytes");
const MOST = { sort: "-bytes", limit: ROWS_MAX };

/** Whether history is kept of the scope. */
const isRecorded = () => depthOf(scope.prefix) <= 2 && !isPart();
/** Whether names only begin with the scope, which is no prefix that ends in "/". */
const isPart = () => scope.prefix !== level();
const level = () => model.levelOf(scope.prefix);

/** By name: a route and its parameters. What is kept as sums comes first. */
function firstQuestions() {
  const du = ["du", inScope({ depth: scope.bucket ? 2 : 1, sort: sortedBy(), limit: TILES_MAX })];
  const classes = ["totals", inScope({ by: "class" })];
  if (!scope.bucket) {
    return { classes, du, growthParts: ["growth", inScope({ by: "bucket", over: over(), ...MOST })] };
  }
  return {
    du,
    ...(isRecorded() ? { growth: ["growth", inScope({ over: over() })], history: historyQuestion() } : {}),
    ...(depthOf(scope.prefix) < 2
      ? { growthParts: ["growth", inScope({ by: "prefix", over: over(), ...MOST }, { ...scope, prefix: level() })] } : {}),
    // Below a prefix classes are counted key by key.
    ...(scope.prefix ? {} : { classes }),
  };
}

function laterQuestions() {
  const since = status?.last_sync_started_at ?? new Date(Date.now() - 36 * 3_600_000).toISOString();
  const night = (more) => ["changes", inScope({ since, by: "prefix", limit: 40, ...more })];
  const questions = {
    // The map has the largest of two levels, the table all of one.
    ...(scope.bucket && isCut() ? { duLevel: ["du", inScope({ depth: 1, sort: sortedBy(), limit: ROWS_MAX })] } : {}),
    ...(scope.prefix ? {} : { findings: ["findings", inScope({ sort: "-severity", limit: ROWS_MAX })] }),
    changes: ["changes", inScope({ since, by: "bucket", limit: ROWS_MAX })],
    more: night({ sort: "-bytes_change" }), less: night({ sort: "bytes_change" }),
    objects: scope.list ? listQuestion() : ["top", inScope({ number: isLeaf() ? 24 : 5 })],
    cost: ["cost", inScope({ by: "state" })],
    ...budgetQuestion(),
  };
  if (!scope.bucket) {
    questions.history = historyQuestion();
    questions.growthInner = ["growth", inScope({ by: "prefix", over: over(), ...MOST, limit: TILES_MAX })];
    questions.costs = ["cost", inScope({ by: "bucket", ...MOST })];
    return questions;
  }
  if (scope.prefix) questions.classes = ["totals", inScope({ by: "class" })];
  if (!isLeaf() && wantsCosts()) Object.assign(questions, costsQuestion());
  // The children of the largest groups of the map.
  if (!scope.prefix) {
    childRows().slice(0, 6).forEach((row, place) => {
      const within = { ...scope, prefix: row.name };
      questions["growthInner" + place] = ["growth", inScope({ by: "prefix", over: over() }, within)];
    });
  }
  return questions;
}

/** For costs of prefixes each key is counted: millions only for whoever asks. */
const wantsCosts = () => scope.metric === "cost" || here.hasCosts || totals()?.objects <= COUNTED_MAX;
const costsQuestion = () => ({ costs: ["cost", inScope({ by: "prefix", ...MOST })] });

function listQuestion() {
  const beside = childRows().length ? { regex: `^(?:[^/]*/){${depthOf(scope.prefix)}}[^/]*$` } : {};
  return ["find", inScope({ ...beside, limit: Math.min(ROWS_MAX, Math.max(PAGE_ROWS, here.objects)) })];
}

/** History of everything is that of buckets whose nights are all known: a sum with an unknown part is none. */
function historyScope() {
  if (scope.bucket) return inScope();
  const rows = rowsOf("growthParts");
  const known = wholeSpan(rows);
  if (known.length === rows.length || !known.length) return [];
  // A name that is there twice would bring both.
  const pairs = known.filter((row) => !accountOf(row)).sort((one, other) => other.bytes - one.bytes)
    .map((row) => ["bucket", model.literal(row.bucket)]);
  // A target may have 8 KiB.
  let length = 0;
  return pairs.filter((pair) => (length += new URLSearchParams([pair]).toString().length + 1) <= TARGET_MAX);
}

function historyQuestion() {
  const more = { every: "day", since: HISTORY_DAYS[scope.days] + "d", limit: ROWS_MAX };
  return ["history", [...historyScope(), ...Object.entries(scope.prefix ? more : { ...more, by: "class" })]];
}

function budgetQuestion() {
  if (!budget() || scope.metric === "objects" || !isRecorded()) return {};
  return { budget: ["growth", [...historyScope(), ["over", over()], ["budget", budget()]]] };
}

/** Rows of `growth` of the whole span, or as old as the index is, and up to the last night. */
function wholeSpan(rows) {
  const now = Date.now();
  const fresh = rows.filter((row) => row.bytes_change != null && freshness(row) === "complete");
  const first = fresh.reduce((least, row) => Math.min(least, Date.parse(row.since)), Infinity);
  const start = Math.max(first, now - scope.days * DAY) + 2 * DAY;
  return fresh.filter((row) => Date.parse(row.since) <= start);
}

async function put([name, [route, parameters]]) {
  const { signal } = asking;
  try {
    answers[name] = { ...await ask(route, parameters, signal), route, asked: parameters };
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    fail(error);
    // Figures that were there stay while the server is away.
    if (isPassing() && answers[name]?.rows) return;
    answers[name] = { refused: error };
  }
  if (!signal.aborted) changed(name);
}

const putAll = (questions) => Promise.all(Object.entries(questions).map(put));

/** Asks about the scope; quietly, with what is shown left there, where only the index has changed. */
async function load(isQuiet) {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const isOver = () => signal.aborted || trouble;
  if (!isQuiet) {
    answers = {};
    load.skeleton = setTimeout(() => changed(...CARDS.flatMap(([, needs]) => needs)), 120);
  }
  drawAddress();
  const buckets = put(["buckets", ["buckets", Object.entries(MOST)]]);
  // Nothing is asked of a bucket that is not there.
  if (scope.bucket) await buckets;
  const first = isOver() || isStrange() ? {} : firstQuestions();
  // What the first figures are made of does not wait for others.
  const ahead = scope.bucket ? "du" : "classes";
  const { [ahead]: one, ...others } = first;
  if (one) await put([ahead, one]);
  if (isOver()) return;
  await Promise.all([buckets, putAll(others)]);
  if (isOver()) return;
  const later = isStrange() ? {} : laterQuestions();
  for (const name of Object.keys(answers)) {
    if (name !== "buckets" && !(name in first) && !(name in later)) delete answers[name];
  }
  await putAll(later);
  if (signal.aborted) return;
  document.body.dataset.loaded = location.hash || "#";
  requestAnimationFrame(leavePlace);
}
