// The frame of the cards: redrawing, words for what is not there, the bar, notices and the foot.

const waiting = new Set();

/** Something has come: the cards that show it are drawn with the next frame. */
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
  const isBare = isAway || isStrange() || (trouble && !status);
  at("cards").hidden = Boolean(isBare);
  for (const [draw, needs] of isBare ? [] : CARDS) {
    if (names.some((name) => needs.some((need) => name.startsWith(need)))) draw();
  }
  if (focused && document.activeElement?.dataset?.key !== focused) {
    document.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  drawFreshness();
  drawFoot();
  if (here.wanted !== null) scrollTo(0, here.wanted);
  performance.measure("redraw", { start: begun, end: performance.now() });
}

/** A card: its title, what stands beside that, and the box that is drawn into. */
const card = (name, title) => element("section.card", { id: name + "-card", "aria-labelledby": name + "-title" },
  element("div.head", element("h2", { id: name + "-title" }, title), element("div.side", { id: name + "-side" })),
  element("div", { id: name }));

function isReady(box, ...names) {
  const refused = names.map((name) => answers[name]?.refused).find(Boolean);
  const isWaiting = names.some((name) => !answers[name]);
  if (refused) show(box, blank("Not to be had", textNodes(refused.message)));
  else if (isWaiting && isPassing()) show(box, blank("Not loaded", "The server is away."));
  else if (isWaiting) show(box, element("div.skeleton", element("span.unseen", "Loading")));
  return !refused && !isWaiting;
}

const show = (box, node) => box.replaceChildren(node);

const blank = (title, ...text) => element("div.blank", element("p.name", title), element("p", ...text));
const command = (words, bucket) => element("code", words, ...(bucket ? [" s3://", textNodes(bucket)] : []));
/** How long growth was measured. */
const spanWords = (since) => {
  const gone = since ? Date.now() - Date.parse(since) : Infinity;
  if (gone >= (scope.days - 2) * DAY) return scope.days === 365 ? "in a year" : `in ${scope.days} days`;
  const day = () => new Date(since).getUTCDate() + "\u00a0" + model.monthName(since);
  return "since\u00a0" + (gone < DAY ? model.clock(since) : day());
};

function growthNode(value) {
  if (value == null) return element("span.faint", UNKNOWN);
  // What is grey in the map is no news here either.
  const step = Math.sign(model.growthStep(value) - model.growthStep(0)) + 1;
  return element("span." + ["less", "same", "more"][step], element("span.sign", SILENT, ["▼ ", "", "▲ "][step]),
    percent(value));
}

// The bar and the address.

function drawAddress() {
  const crumb = (label, target) => (target ? element("a", { href: target, "data-key": "crumb:" + target }, label)
    : element("span", { "aria-current": "page" }, label));
  const parts = [["All buckets", linkTo(TOP)]];
  if (scope.bucket) {
    const server = scope.account && element("span.faint", " at ", textNodes(scope.account));
    parts.push([[textNodes(scope.bucket), server], linkTo({ prefix: "" })]);
  }
  for (let from = 0; from < scope.prefix.length;) {
    const slash = scope.prefix.indexOf("/", from);
    const end = slash < 0 ? scope.prefix.length : slash + 1;
    parts.push([nameNodes(scope.prefix.slice(from, end)), linkTo({ prefix: scope.prefix.slice(0, end) })]);
    from = end;
  }
  parts.at(-1)[1] = null;
  at("crumbs").replaceChildren(...parts.flatMap(([label, target], place) =>
    [place ? element("span.step", SILENT, "›") : "", crumb(label, target)]));
  document.title = (scope.bucket ? model.location(scope.bucket, scope.prefix) + " · " : "") + "s3audit";
  choices("metric", model.METRICS);
  choices("days", model.SPANS);
}

function choices(name, values) {
  const nodes = values.map((value) => element("a", { href: linkTo({ [name]: value }), "data-key": name + value,
    "aria-current": value === scope[name] ? "true" : null }, SPANS[value] ?? value));
  const focused = document.activeElement?.dataset?.key;
  at(name).replaceChildren(...nodes);
  nodes.find((node) => node.dataset.key === focused)?.focus();
}

// From the best to the worst.
const STATE_ICONS = { complete: "check", never: "never", stale: "clock", partial: "half", denied: "lock" };

function statePill(row) {
  const state = freshness(row);
  const old = row.synced_at ? model.age(row.synced_at, Date.now()) : null;
  const words = state === "complete" ? model.ago(row.synced_at, Date.now()) : old ? `${state} ${old}`
    : state === "never" ? "never listed" : `${state}, never listed`;
  return element("span", { class: "state " + state, title: row.error }, icon(STATE_ICONS[state]), words);
}

const wide = (words) => element("span.wide", words);

function drawFreshness() {
  const box = at("fresh");
  const parts = [];
  if (status?.sync_running) {
    const listed = status.running_objects == null ? "" : `, ${count(status.running_objects)} objects so far`;
    parts.push(element("span.state.syncing", { title: `A sync began at ${status.running_started_at}` },
      icon("turn"), element("span", "syncing", wide(listed))));
  } else if (status?.last_sync_ended_at) parts.push(lastSyncPill());
  const [unfresh, all] = countUnfresh();
  if (unfresh) {
    const of = ` of ${count(all)} buckets not fresh`;
    parts.push(element("a.state.stale", { href: linkTo(TOP), "data-key": "unfresh", "aria-label": unfresh + of,
      on: { click: showUnfresh } }, icon("clock"), element("span", unfresh, wide(of))));
  }
  box.replaceChildren(...parts);
}

function lastSyncPill() {
  const old = model.ago(status.last_sync_ended_at, Date.now());
  const { last_sync_state: state, last_sync_ended_at: title } = status;
  const isGood = state === "complete" || (state === "partial" && status.never + status.denied < status.buckets);
  if (isGood) return element("span.synced", { title }, icon("check"), element("span", wide("synced "), old));
  return element("span.state.denied", { title }, icon("away"),
    element("span", wide("sync "), state === "partial" ? "refused" : state, wide(" " + old)));
}

function showUnfresh() {
  tableOrder = { column: "listed", isDown: true };
  changed("buckets");
  at("table-card").scrollIntoView();
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
  const kind = isAway ? trouble.kind + trouble.detail : isStrange() ? "strange:" + location.hash : "";
  instead.hidden = !kind;
  if (instead.dataset.kind !== kind) {
    instead.dataset.kind = kind;
    const words = !isAway ? noBucket : trouble.kind === "no-index" ? noIndex : tokenForm;
    instead.replaceChildren(kind ? words() : "");
    instead.querySelector("input")?.focus();
  }
  const notices = isAway ? [] : [goneNotice(), scopeNotice(), partNotice()].filter(Boolean);
  const words = location.hash + notices.map((node) => node.textContent).join();
  if (box.dataset.words !== words) box.replaceChildren(...notices);
  box.dataset.words = words;
}

function goneNotice() {
  if (!isPassing()) return null;
  const seen = status?.seen ? ` The figures are those of ${model.clock(status.seen)} UTC.` : "";
  const title = trouble.kind === "gone" ? trouble.detail : `The index cannot be read: ${trouble.detail}`;
  return notice("bad", "away", textNodes(title),
    `Asking again every few seconds, since ${model.clock(trouble.since)} UTC.${seen}`);
}

function scopeNotice() {
  const row = bucketRow();
  const state = row && freshness(row);
  if (!row || state === "complete") return null;
  const from = row.synced_at ? `Figures are from ${model.isoDate(row.synced_at)}. `
    : row.objects ? "" : "It was never listed: there are no figures. ";
  const sync = command("s3audit sync", row.bucket);
  // A crawl marks its bucket while it runs.
  if (state === "partial" && status?.sync_running && !(row.error && row.synced_at)) {
    return notice("quiet", "turn", `Being listed now: ${count(row.objects)} objects so far.`,
      row.synced_at ? from : "");
  }
  const words = {
    denied: ["bad", "S3 refuses to list this bucket.", from, "Ask for s3:ListBucket: ",
      command("s3audit doctor", row.bucket)],
    partial: ["warn", ["The last listing did not come to its end", row.error ? ": " : "", textNodes(row.error), "."],
      "What is here is true, but not all. ", from, sync],
    stale: ["warn", `Last listed ${model.ago(row.synced_at, Date.now())}.`, from, sync],
    never: ["quiet", "This bucket was never listed.", "Nothing is known of what it holds: ", sync],
  };
  const [kind, ...text] = words[state];
  return notice(kind, STATE_ICONS[state], ...text);
}

function partNotice() {
  if (!isPart() || isStrange()) return null;
  const link = (prefix) => element("a.link", { href: linkTo({ prefix }) },
    textNodes(scope.bucket), "/", nameNodes(prefix));
  const folder = childRows().find(({ name }) => name === scope.prefix + "/");
  return notice("quiet", "folder", ["What begins with ", nameNodes(shortName({ name: scope.prefix })), "."],
    "It does not end in /: its keys are counted one by one, and it has no history. See ",
    folder ? [link(folder.name), " or "] : "", link(level()));
}

const alone = (title, ...words) => element("section.card.alone", element("h2", title), ...words);

function noBucket() {
  const name = scope.bucket;
  const rows = namesakes(name);
  if (rows.length) {
    return alone("Several buckets have this name", element("ul", rows.map((row) => element("li",
      element("a.link", { href: linkToRow(row, scope.prefix) }, textNodes(name + " at " + accountOf(row)))))));
  }
  // What is no name would do harm in a shell.
  const isName = /^[\w.-]{3,63}$/.test(name);
  return alone("No such bucket",
    element("p", "This bucket is not in the index: ", textNodes(name)),
    isName ? element("p", "If it is yours, list it with ", command("s3audit sync", name)) : "",
    element("p", element("a.link", { href: linkTo(TOP) }, "All buckets")));
}

function noIndex() {
  return alone("No index yet",
    element("p", "This page shows what the last sync found, and there was none."),
    element("p", command("s3audit doctor"), " tells whether the credentials suffice, and"),
    element("p", command("s3audit sync"), " lists all buckets into the index, which then appears here."));
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
  return alone("Token",
    element("p", { id: "token-words", role: "alert", class: words.startsWith("The server asks") ? null : "notice bad" },
      words),
    element("form.token", { on: { submit } }, element("label", { for: "token-field" }, "Token"), field,
      element("button", { type: "submit" }, "Open")));
}
function lastSync() {
  const { last_sync_started_at: from, last_sync_ended_at: to, last_sync_state: state } = status;
  if (!from) return status.sync_running ? "the first sync runs" : "no sync yet";
  const words = state === "complete" ? "" : state === "running" ? ", ended without a word (killed)" : ", " + state;
  return `last sync ${model.isoDate(from)} ${model.clock(from)}${to ? UNKNOWN + model.clock(to) : ""} UTC${words}`;
}

function drawFoot() {
  if (!status) return;
  const words = [`s3audit ${status.version}`, `index ${bytes(status.index_bytes)}, schema ${status.schema}`, lastSync(),
    status.prices_date ? `prices of ${status.prices_date}` : "no prices"];
  at("foot").replaceChildren(...words.map((text) => element("span", text)));
}

/** Each card with what it shows; a name stands for all that begin with it. */
const CARDS = [
  [drawFigures, ["status", "du", "classes", "buckets", "growth", "history", "cost", "changes"]],
  [drawWhere, ["du", "buckets", "growth", "costs", "classes", "objects"]],
  [drawHistoryCard, ["history", "growth", "buckets", "budget"]],
  [drawClasses, ["classes"]],
  [drawTable, ["status", "du", "buckets", "growthParts", "costs"]],
  [drawFindings, ["findings", "buckets"]],
  [drawNight, ["more", "less", "status", "buckets"]],
  [drawObjects, ["objects", "du"]],
];

