// The figures, the map and history.

function figure(title, figure, under, unit, spark) {
  const parts = typeof figure === "string" ? { value: figure } : figure;
  const words = [parts.unit, unit].filter(Boolean).join(" ");
  return element("div.figure-card", element("h2", title),
    element("p.value", parts.value, words && element("span.unit", words)),
    element("p.under", ...under), spark);
}

function drawFigures() {
  const whole = totals();
  at("figures").replaceChildren(
    figure("Size", whole ? model.bytesParts(whole.bytes) : "…", growthWords(whole, "bytes"), "", spark("bytes")),
    figure("Objects", whole ? model.countParts(whole.objects) : "…",
      field() === "objects" ? growthWords(whole, "objects") : [meanWords(whole)], "", spark("objects")),
    costFigure(), entriesFigure(whole), nightFigure());
}

function spark(field) {
  if (!has("history") || !rowsOf("history").length) return null;
  const days = model.historyDays(rowsOf("history"), field);
  const from = Date.now() - Math.max(scope.days, 7) * DAY;
  return sparkline(days.filter((day) => day.at >= from));
}

function growthWords(whole, name) {
  const row = bucketRow();
  if (row && isUnlisted(row)) return ["never listed"];
  if (whole?.bytes === 0) return ["empty"];
  const growth = scopeGrowth(name);
  if (!growth || growth.change == null) {
    if (!isRecorded()) return ["growth is not kept of this"];
    return [answers.growth || answers.growthParts ? "growth not known yet" : "\u00a0"];
  }
  const of = growth.of < growth.all ? `, ${count(growth.of)} of ${count(growth.all)} buckets` : "";
  return [growthNode(growth.percent),
    ` · ${model.signed(growth.change, name === "bytes" ? bytes : count)} ${spanWords(growth.since)}${of}`];
}

const meanWords = (whole) => (whole?.objects == null ? "\u00a0"
  : whole.objects ? `mean ${bytes(whole.bytes / whole.objects)}` : "none");

function costFigure() {
  if (!has("cost")) return figure("Cost", answers.cost ? UNKNOWN : "…",
    [answers.cost?.refused?.message ?? (isPassing() ? "not loaded" : "counting")]);
  if (totals()?.bytes === null) return figure("Cost", UNKNOWN, ["never listed"]);
  const known = model.price(sumOfCosts(rowsOf("cost")));
  const isRange = known.text.includes(UNKNOWN) && known.usd != null;
  const under = known.isKnown ? `list prices of ${status?.prices_date}`
    : isRange ? "a month, as its tiers are not known" : known.usd ? "some prices are not known" : "price unknown";
  const card = figure("Cost", known.text, [under], known.usd == null || isRange ? "" : "a month");
  if (!known.isKnown) card.title = model.plain((answers.cost.notes ?? []).join(" · "));
  return card;
}

function entriesFigure(whole) {
  const title = "Noncurrent, uploads";
  if (!has("cost")) return figure(title, answers.cost ? UNKNOWN : "…", ["\u00a0"]);
  const known = rowsOf("cost").filter((row) => row.stored_state !== "current" && row.bytes != null);
  const missing = ["noncurrent", "uploads"].filter((state) => !known.some((row) => row.stored_state === state));
  const begun = rowsOf("cost").find((row) => row.stored_state === "uploads")?.uploads;
  const unsized = missing.at(-1) === "uploads" && begun
    && `${count(begun)} uploads, size not known: sync --uploads --parts`;
  if (missing.length === 2) return figure(title, UNKNOWN, [unsized || "listed by sync --versions --uploads"]);
  const held = sumOf(known, "bytes");
  const usd = model.price(sumOfCosts(known));
  const under = missing.length ? unsized || `${missing[0]} not listed`
    : whole?.bytes ? `${((100 * held) / whole.bytes).toFixed(1)} %` : "";
  return figure(title, model.bytesParts(held),
    [[under, usd.usd == null ? "price unknown" : usd.text + " a month"].filter(Boolean).join(" · ")]);
}

function nightFigure() {
  const title = "Last night";
  if (!answers.changes) return figure(title, "…", ["\u00a0"]);
  if (answers.changes.next) return figure(title, UNKNOWN, ["too many buckets to add up"]);
  const known = rowsOf("changes").filter((row) => row.added != null);
  if (!known.length) return figure(title, UNKNOWN, [noNightWords()]);
  const [added, modified, removed, change] = ["added", "modified", "removed", "bytes_change"]
    .map((name) => sumOf(known, name));
  const under = [removed && "\u2212" + count(removed), modified && count(modified) + " modified",
    model.signed(change, bytes)];
  return figure(title, "+" + count(added), [under.filter(Boolean).join(" · ")], "objects");
}

function noNightWords() {
  const rows = scope.bucket ? [bucketRow()].filter(Boolean) : rowsOf("buckets");
  if (rows.length && rows.every(isUnlisted)) return "never listed";
  return rows.some((row) => freshness(row) === "complete") ? "nothing to compare with yet" : "not listed last night";
}

// Where it is.

/** What the map shows, largest first, and how many more there are, if that is known. */
function mapGroups() {
  const costs = costTable();
  const growth = growthTable();
  const states = new Map(rowsOf("buckets").map((row) => [holder(row), row]));
  const isCost = scope.metric === "cost";
  const item = (row) => {
    const name = keyOf(row);
    return { row, name, value: (isCost ? costs.get(name)?.usd : row[field()]) ?? 0 };
  };
  const tile = (row, short) => {
    const one = item(row);
    const grown = growth.get(one.name);
    return {
      ...one, short, figure: isCost ? costs.get(one.name)?.text : inField(row[field()]), href: linkToRow(row),
      label: [model.visible(fullName(row)), accountOf(row)].filter(Boolean).join(" at "), growth: grown?.percent,
      span: spanWords(grown?.since), state: freshness(states.get(holder(row)) ?? row),
    };
  };
  const group = (row) => {
    const below = isCost ? [] : childRows(row.name, row);
    const children = below.map((child) => tile(child, model.below(child.name, row.name)));
    return { ...tile(row, shortName(row)), children };
  };
  const rows = scope.bucket ? levelRows() : rowsOf("buckets");
  if (scope.bucket && !rows.length) {
    const groups = scope.metric === "size" && !scope.list ? rowsOf("objects").map(objectTile) : [];
    return { groups, unseen: totals()?.objects - groups.length };
  }
  const items = rows.map(item).filter(({ value }) => value > 0).sort(model.byValue);
  const groups = items.slice(0, model.MAP.groups).map(({ row }) => group(row));
  const isAll = scope.bucket ? isLevelWhole() : !answers.buckets.next;
  const direct = isCost ? null : directSum();
  const unseen = isAll ? items.length - groups.length : null;
  return { groups: direct ? [...groups, directTile(direct)] : groups, unseen };
}

const objectTile = (row) => ({
  name: keyOf(row), value: row.size, figure: bytes(row.size),
  short: shortName(row), label: model.visible(row.name), href: linkTo({ list: true }),
  open: () => showFacts(row),
});

function directTile(direct) {
  const label = `${count(direct.objects)} object${direct.objects === 1 ? "" : "s"}`;
  const [name, value] = [model.encodeText(label), direct[field()]];
  return { name, value, figure: inField(value), short: name, label: label + " directly here", isDirect: true,
    href: linkTo({ list: true }) };
}

function drawWhere() {
  const box = at("map");
  // Without prefixes, nobody is asked what they cost.
  const asksCosts = scope.metric === "cost" && !isLeaf();
  if (!isReady(box, "du", "buckets", ...(asksCosts ? ["costs"] : []))) return;
  const { groups, unseen } = mapGroups();
  at("map-title").textContent = `Where it is${groups[0]?.open ? ": no prefixes here" : ""}`;
  if (!groups.length) return show(box, emptyMap());
  const kept = document.activeElement?.closest?.("#map a")?.getAttribute("href");
  const whole = scope.metric === "cost" ? 0 : totals()?.[field()] ?? 0;
  drawMap(box, groups, {
    isDeep: matchMedia("(min-width: 720px)").matches, kept, whole, unseen,
    unseenBelow: isCut() ? null : 0,
    open: () => (scope.bucket && !levelRows().length ? location.hash = linkTo({ list: true })
      : at("table-card").scrollIntoView()),
  });
}

function emptyMap() {
  const whole = totals();
  const row = bucketRow();
  if (row && isUnlisted(row)) return blank("Nothing is known", "This bucket was never listed.");
  if (whole?.objects && scope.metric === "cost" && !isLeaf()) return blank("No costs", "No price is known for what is here.");
  if (!scope.bucket) return blank("No objects", "No bucket holds anything that is known.");
  if (!whole?.objects) {
    const old = row.synced_at ? `Listed ${model.ago(row.synced_at, Date.now())}: ` : "";
    return blank("No objects", scope.prefix ? `${old}nothing begins with this.` : `${old}the bucket is empty.`);
  }
  return blank("No prefixes here", `${count(whole.objects)} objects lie here, listed below.`);
}

// History.

function drawHistoryCard() {
  const box = at("history");
  const side = at("history-side");
  side.replaceChildren(budgetButton());
  box.onpointermove = box.onkeydown = null;
  box.setAttribute("aria-label", "History");
  if (!isRecorded()) return show(box, blank("Not kept", "History is kept of buckets and of two levels of prefixes."));
  if (!isReady(box, "history")) return;
  const rows = rowsOf("history");
  const days = model.historyDays(rows, field());
  const known = days.filter((day) => day.total);
  if (days.length === 1 && known.length) {
    const [{ at, total }] = days;
    return show(box, blank("History begins", `${inField(total)} on ${model.isoDate(at)}, the first night.`));
  }
  if (!known.length) {
    const row = bucketRow();
    const isEmpty = row && freshness(row) === "complete" && !totals()?.objects;
    return show(box, blank("Nothing yet", `History begins with the first ${isEmpty ? "object" : "complete listing"}.`));
  }
  const line = forecastLine(known);
  const classes = [...new Set(rows.map((row) => row.storage_class ?? ""))].sort(model.byWarmth);
  const most = scope.metric === "objects" ? null : budget();
  const until = line ? Date.now() + HISTORY_DAYS[scope.days] * 0.16 * DAY : Date.now();
  drawHistory(box, { days, isBytes: field() === "bytes", format: inField, line, budget: most, classes, until });
  box.setAttribute("aria-label", historyLabel(days));
  side.prepend(...historySide(most, days));
}

/** On from the last night as it grew; null where fewer than seven nights are known. */
function forecastLine(known) {
  const growth = scopeGrowth(field());
  const from = known.at(-1);
  const time = from.at - Date.parse(growth?.since);
  return known.length < 7 || growth?.change == null || !(time > 0) ? null : { from, slope: growth.change / time };
}

function historyLabel(days) {
  const known = days.filter((day) => day.total !== null);
  const gaps = days.length - known.length;
  const when = ({ at, total }) => `${inField(total)} on ${model.isoDate(at)}`;
  return `From ${when(known[0])} to ${when(known.at(-1))}${gaps ? `; ${gaps} nights without a complete listing` : ""}. `
    + "Arrow keys go from night to night.";
}

/** Of how many buckets the chart is, and when the budget is reached. */
function historySide(most, days) {
  const asked = answers.history.asked.filter(([name]) => name === "bucket").length;
  const all = rowsOf("growthParts").length;
  const parts = scope.metric === "cost" ? [element("span", "by size")] : [];
  const isSome = !scope.bucket && asked && asked < all;
  if (isSome) parts.push(element("span", `${count(asked)}\u00a0of\u00a0${count(all)}\u00a0buckets`));
  if (most && has("budget")) {
    const isThere = (totals()?.bytes ?? days.findLast((day) => day.total !== null).total) >= most;
    // What a part grows by is no day of the whole.
    if (isSome) return [...parts, element("span", isThere ? "over budget" : "budget: no day known")];
    const day = rowsOf("budget")[0]?.budget_reached;
    parts.push(element("span", isThere ? `over budget${day ? ` since ${day}` : ""}` : day ? `budget reached ${day}`
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
  return element("button.plain.small", { "data-key": "budget",
    "aria-expanded": String(!at("budget-form").hidden), on: { click: open } }, "Budget");
}

function keepBudget(size) {
  if (size) localStorage.setItem(budgetKey(), size);
  else localStorage.removeItem(budgetKey());
  at("budget-form").hidden = true;
  if (scope.budget) location.hash = linkTo({});
  delete answers.budget;
  putAll(budgetQuestion());
  drawHistoryCard();
  document.querySelector('[data-key="budget"]')?.focus();
}

function drawClasses() {
  const box = at("classes");
  const { refused } = answers.classes ?? {};
  const parts = rowsOf("classes").filter((row) => row.storage_class && row[field()])
    .map((row) => ({ name: row.storage_class, value: row[field()] })).sort((one, other) => other.value - one.value);
  const all = sumOf(parts, "value");
  const words = refused ? refused.message : !answers.classes && scope.prefix ? "counting classes…" : "";
  if (!parts.length) return box.replaceChildren(element("p.faint", words));
  box.replaceChildren(classStrip(parts), element("ul.classes", ...parts.map(({ name, value }) => element("li",
    element("span", { class: "dot " + model.classColour(name) }), element("span.name", model.className(name)),
    element("span.figure", inField(value)), element("span.share", ((100 * value) / all).toFixed(1) + "\u00a0%")))));
}
