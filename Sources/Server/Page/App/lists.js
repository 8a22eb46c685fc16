// Lists: the table of buckets or prefixes, findings, the last night and objects.

function tableRows() {
  const costs = costTable();
  const growth = growthTable();
  const rows = scope.bucket ? levelRows() : rowsOf("buckets");
  const direct = directSum();
  const beside = direct && { isDirect: true, row: direct, name: "objects directly here", size: direct.bytes,
    objects: direct.objects, href: linkTo({ list: true }) };
  return [...(beside ? [beside] : []), ...rows.map((row) => {
    const grown = growth.get(keyOf(row));
    const isUnknown = !scope.bucket && isUnlisted(row);
    const short = shortName(row);
    const price = isUnknown ? null : costs.get(keyOf(row));
    return {
      row, short, name: model.visible(short), price, cost: price?.usd ?? null,
      size: isUnknown ? null : row.bytes, objects: isUnknown ? null : row.objects,
      growth: grown?.percent ?? null, since: grown?.since,
      listed: Object.keys(STATE_ICONS).indexOf(freshness(row)), href: linkToRow(row),
    };
  })];
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
  const made = (from) => rows.slice(from, here.rows).map((row) => tableRow(row, most));
  const body = element("tbody", made(0));
  box.replaceChildren(
    element("table", { class: scope.bucket ? "prefixes" : "buckets", "aria-labelledby": "table-title" },
      element("thead", head), body),
    moreButton(body, rows.length, (from) => {
      here.rows = from + PAGE_ROWS;
      return made(from);
    }));
}

function drawTableSide(rows) {
  const isAll = scope.bucket ? isLevelWhole() : !answers.buckets.next;
  const of = scope.bucket || isAll ? "" : ` of ${count(status?.buckets)}`;
  const words = (isAll ? "" : "the largest ") + count(rows.filter((row) => !row.isDirect).length) + of;
  at("table-side").replaceChildren(...costsWords(), element("span", words));
}

/** Why there are no costs of prefixes, and what they take. */
function costsWords() {
  const { refused } = answers.costs ?? {};
  if (refused) return [element("span", "no costs: ", textNodes(refused.message))];
  if (!scope.bucket || answers.costs || isLeaf()) return [];
  if (wantsCosts()) return [element("span", "counting costs…")];
  const click = () => {
    here.hasCosts = true;
    putAll(costsQuestion());
    drawTable();
  };
  return [element("span", `Costs are known when ${count(totals().objects)} keys are counted:`),
    element("button.plain.small", { "data-key": "costs", on: { click } }, "Count costs")];
}

function inOrder(one, other) {
  const { column, isDown } = tableOrder;
  const [left, right] = [one[column], other[column]];
  // What is not known comes last.
  if (left == null || right == null) return (left == null) - (right == null) || (one.name < other.name ? -1 : 1);
  const sign = left < right ? -1 : left > right ? 1 : 0;
  return (isDown ? -sign : sign) || (one.name < other.name ? -1 : 1);
}

function heading([column, title]) {
  const words = column === "growth" ? growthSpan() : title;
  if (column === "classes") return element("th.classes", { scope: "col" }, words);
  const isSorted = tableOrder.column === column;
  const sort = () => {
    tableOrder = { column, isDown: isSorted ? !tableOrder.isDown : column !== "name" };
    drawTable();
    document.querySelector(`[data-key="sort:${column}"]`).focus();
  };
  const [order, arrow] = !isSorted ? [null, ""] : tableOrder.isDown ? ["descending", " ↓"] : ["ascending", " ↑"];
  return element("th." + column, { scope: "col", "aria-sort": order },
    element("button", { "data-key": "sort:" + column, on: { click: sort } }, words,
      element("span", SILENT, arrow)));
}

/** Over what growth is; where all rows are younger than the span, since the oldest. */
function growthSpan() {
  const first = rowsOf("growthParts").map((row) => row.since).sort()[0];
  return spanWords(first).replace("in ", "");
}

const cell = (name, ...children) => element("td." + name, ...children);

function tableRow(entry, most) {
  const { row, href, isDirect } = entry;
  const origin = [row.region, row.account, row.endpoint].filter(Boolean);
  const place = scope.bucket ? null : element("span.place", origin.join(" · "));
  const missing = entry.price ? "unknown" : UNKNOWN;
  const cost = entry.cost == null ? element("span.faint", missing) : entry.price.text;
  return element(isDirect ? "tr.direct" : "tr",
    cell("name", icon(isDirect ? "file" : scope.bucket ? "folder" : "bucket"), element("a",
      { href, title: entry.name, "data-key": "row:" + href }, isDirect ? entry.name : nameNodes(entry.short)), place),
    cell("size", shareBar((entry.size ?? 0) / most), element("span.figure", bytes(entry.size))),
    cell("objects", count(entry.objects)),
    cell("growth", element("span", { title: entry.since ? spanWords(entry.since) : null }, growthNode(entry.growth))),
    cell("cost", cost),
    ...(scope.bucket ? [] : [cell("classes", classStrip(classParts(row))), cell("listed", statePill(row))]));
}

const classParts = (row) => Object.entries(row).filter(([name]) => name.startsWith("bytes_"))
  .map(([name, value]) => ({ name: name.slice(6).toUpperCase(), value }))
  .sort((one, other) => model.byWarmth(one.name, other.name));

/** A button that puts more at the end of a list; what is there stays as it is. */
function moreButton(list, all, more) {
  const button = element("button.more-rows", { "data-key": "more:" + list.className, on: { click } });
  const name = () => {
    button.textContent = `Show more: ${count(list.children.length)} of ${count(all)}`;
    return list.children.length < all ? button : "";
  };
  async function click() {
    try {
      const added = await more(list.children.length);
      list.append(...added);
      if (!name()) button.remove();
      added[0]?.querySelector("a, button").focus({ preventScroll: true });
    } catch (error) {
      fail(error);
      button.textContent = "Try again: " + error.message;
    }
  }
  return name();
}

// Findings, the last night and the largest objects.

const SEVERITIES = { high: ["!", "bad"], medium: ["!", "warn"], low: ["i", "info"], info: ["?", "info"] };

function drawFindings() {
  const box = at("findings");
  at("findings-side").textContent = "";
  const link = element("a", { href: linkTo({ prefix: "" }) }, textNodes(scope.bucket));
  if (scope.prefix) return box.replaceChildren(element("p.faint", "Findings are about whole buckets: ", link));
  if (!isReady(box, "findings")) return;
  const groups = Map.groupBy(rowsOf("findings"), (row) => row.finding);
  at("findings-side").textContent = groups.size ? `${groups.size} open` : "";
  if (!groups.size) return show(box, blank("None", "Nothing was found that an auditor should know."));
  box.replaceChildren(element("ul.findings", ...[...groups.values()].map(finding)));
}

function finding(rows) {
  const [first] = rows;
  const [mark, kind] = SEVERITIES[first.severity] ?? SEVERITIES.info;
  const isLong = first.finding === "not-checked";
  const names = new Set(rows.map(holder));
  const wholes = new Map(rowsOf("buckets").map((row) => [holder(row), row.bytes]));
  const isWhole = rows.every((row) => wholes.get(holder(row)) === row.bytes);
  const link = (row) => element("a", { href: linkToRow(row, "") }, textNodes(row.bucket));
  const badge = element("span.badge." + kind, { title: first.severity }, mark, element("span.unseen", first.severity));
  const title = element("span.name", model.findingName(first.finding));
  const figure = element("span.figure", isLong ? ""
    : (isWhole ? "of " : "") + bytes(sumOf(rows, "bytes")));
  if (rows.length === 1 && !isLong) {
    const where = scope.bucket ? [] : [link(first), " · "];
    return element("li", badge, element("div", title, element("p.under", where, textNodes(first.detail))), figure);
  }
  const what = names.size > 1 ? ` and ${count(names.size - 1)} more`
    : `: ${count(isLong ? first.detail.split("), ").length : rows.length)} ${isLong ? "checks" : "notes"}`;
  return element("li", badge, element("details", element("summary", title,
    element("span.under", textNodes(first.bucket), what)),
    element("ul", ...rows.slice(0, 50).map((row) => element("li", link(row), " · ", textNodes(row.detail))),
      rows.length > 50 ? element("li", `${count(rows.length - 50)} more: s3audit query findings`) : "")), figure);
}

function drawNight() {
  const box = at("night");
  const begun = status?.last_sync_started_at;
  at("night-side").textContent = begun ? "sync of " + model.isoDate(begun) : "";
  if (!isReady(box, "more", "less")) return;
  const rows = nightRows();
  if (!rows.length) return show(box, noNight());
  const most = Math.max(...rows.map((row) => Math.abs(row.bytes_change)));
  box.replaceChildren(element("ul.night", rows.map((row) => element("li",
    shortName(row) ? element("a.key", { href: linkToRow(row) }, nameNodes(shortName(row)))
      : element("span", "directly here"),
    element("span.figure", model.signed(row.bytes_change, bytes)), changeBar(row.bytes_change / most)))));
}

function noNight() {
  const isKnown = rowsOf("changes").some((row) => row.added != null);
  return isKnown ? blank("No changes", "Nothing has changed since the sync before.")
    : blank("Not known", noNightWords());
}

/** The five prefixes that changed most, and no level above them. */
function nightRows() {
  const found = new Map();
  for (const row of [...rowsOf("more"), ...rowsOf("less")]) {
    if (row.bytes_change) found.set(keyOf(row), row);
  }
  const rows = [...found.values()];
  const hasBelow = (row) => rows.some((other) => other !== row && holder(other) === holder(row)
    && other.name !== row.name && other.name.startsWith(row.name));
  return rows.filter((row) => !hasBelow(row)).sort((one, other) =>
    Math.abs(other.bytes_change) - Math.abs(one.bytes_change)).slice(0, 5);
}

function drawObjects() {
  const box = at("objects");
  at("objects-title").textContent = scope.list ? "Objects here" : "Largest objects";
  at("objects-side").replaceChildren(...objectsSide());
  if (!isReady(box, "objects")) return;
  const rows = rowsOf("objects");
  if (!rows.length) return show(box, blank("None", "No object is known here."));
  const all = scope.list ? listedObjects() ?? rows.length + (answers.objects.next ? 1 : 0) : rows.length;
  const list = element("ul.objects", rows.slice(0, here.objects).map(objectRow));
  box.replaceChildren(list, moreButton(list, all, moreObjects));
}

const objectRow = (row) => element("li",
  element("button.key", { "aria-haspopup": "dialog", "data-key": "object:" + keyOf(row),
    on: { click: () => showFacts(row) } }, nameNodes(shortName(row))),
  element("span.figure", bytes(row.size)), element("span.class", model.className(row.storage_class)),
  element("span.date", model.isoDate(row.last_modified)));

const listedObjects = () => (childRows().length ? directSum()?.objects : totals()?.objects) ?? null;

function objectsSide() {
  if (!scope.bucket || isUnlisted(bucketRow() ?? {})) return [];
  const all = listedObjects();
  const link = (list, words) => element("a.link", { href: linkTo({ list }), "data-key": "list" }, words);
  if (scope.list) return ["by key", link(false, "The largest")];
  return all ? [link(true, `List ${count(all)} ${childRows().length ? "directly here" : "by key"}`)] : [];
}

async function moreObjects(from) {
  const { rows, next, route, asked } = answers.objects;
  if (from + PAGE_ROWS > rows.length && next) {
    const more = await ask(route, [...asked, ["cursor", next]], asking.signal);
    Object.assign(answers.objects, { rows: [...rows, ...more.rows], next: more.next });
  }
  here.objects = from + PAGE_ROWS;
  return rowsOf("objects").slice(from, here.objects).map(objectRow);
}

function showFacts(row) {
  const facts = [
    ["Bucket", textNodes(row.bucket)], ["Key", nameNodes(row.name)],
    ["Size", `${bytes(row.size)} (${model.grouped(row.size)} bytes)`],
    ["Class", textNodes(model.className(row.storage_class))], ["Last modified", row.last_modified],
    ["ETag", textNodes(row.etag)], ["Listed", row.synced_at ?? "not to its end"],
  ];
  openDialog("Object", facts, element("a.button",
    { href: linkToRow(row, model.parentOf(row.name)), on: { click: closeDialog } },
    "Open its prefix"));
}

function openDialog(title, terms, ...more) {
  const dialog = at("dialog");
  dialog.replaceChildren(element("h2", { id: "dialog-title" }, title),
    element("dl", terms.map(([term, value]) => [element("dt", term), element("dd", value)])),
    element("div.buttons", more, element("button", { on: { click: closeDialog } }, "Close")));
  dialog.showModal();
}

const closeDialog = () => at("dialog").close();

