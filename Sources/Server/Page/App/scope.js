// Facts of the scope, made of what was answered.

const sumOf = (rows, field) => rows.reduce((sum, row) => sum + Number(row[field] ?? 0), 0);
/** The column that is measured, and how it is written. */
const field = () => (scope.metric === "objects" ? "objects" : "bytes");
const inField = (value) => (scope.metric === "objects" ? count : bytes)(value);
const rowsOf = (name) => answers[name]?.rows ?? [];
const has = (name) => Boolean(answers[name]?.rows);
/** A bucket of one server alone, and a place in it. */
const holder = (row) => row.bucket + "\n" + (row.endpoint ?? "");
const keyOf = (row) => holder(row) + "/" + row.name;
/** The name of a row's place from its bucket on, and as the scope shows it. */
const fullName = ({ bucket, name }) => model.encodeText(bucket) + (name ? "/" + name : "");
const shortName = (row) => (scope.bucket ? model.below(row.name, level()) : fullName(row));

const namesakes = (bucket) => {
  if (!has("buckets")) return [];
  answers.buckets.byName ??= Map.groupBy(rowsOf("buckets"), (row) => row.bucket);
  return answers.buckets.byName.get(bucket) ?? [];
};
/** What tells a bucket from others of its name; "" where there are none. */
const accountOf = (row) => (namesakes(row.bucket).length > 1 && (row.endpoint || row.account)) || "";
const bucketRow = () => namesakes(scope.bucket)
  .find((row) => (accountOf(row) || scope.account) === scope.account) ?? null;
const freshness = (row) => model.freshness(row, Date.now());
const isUnlisted = (row) => row.synced_at == null && (row.state === "never" || row.state === "denied") && !row.objects;
/** Whether the scope's bucket is not in the index, or one of several of a name. */
const isStrange = () => Boolean(scope.bucket) && has("buckets") && !bucketRow()
  && Boolean(!answers.buckets.next || namesakes(scope.bucket).length);

function totals() {
  const nothing = { objects: null, bytes: null };
  if (!scope.bucket) {
    const rows = rowsOf("classes");
    if (has("buckets") && rowsOf("buckets").every(isUnlisted)) return nothing;
    return has("classes") ? { objects: sumOf(rows, "objects"), bytes: sumOf(rows, "bytes") } : null;
  }
  const bucket = bucketRow();
  if (bucket && isUnlisted(bucket)) return nothing;
  if (!has("du")) return scope.prefix ? null : bucket;
  return rowsOf("du").find((row) => row.name === scope.prefix) ?? { objects: 0, bytes: 0 };
}

function childRows(prefix = scope.prefix, row = bucketRow() ?? rowsOf("du")[0]) {
  if (!has("du") || !row) return [];
  const level = depthOf(prefix) + 1;
  answers.du.byBucket ??= Map.groupBy(rowsOf("du"), holder);
  return (answers.du.byBucket.get(holder(row)) ?? [])
    .filter(({ name }) => name !== prefix && name.startsWith(prefix) && depthOf(name) === level);
}

/** Whether the scope is a place without prefixes. */
const isLeaf = () => scope.bucket && has("du") && !childRows().length;
const isCut = () => Boolean(answers.du?.next);

/** What is known of the level below the scope, and whether that is all. */
const levelRows = () => (has("duLevel") ? rowsOf("duLevel").filter((row) => row.name !== scope.prefix) : childRows());
const isLevelWhole = () => has("du") && (has("duLevel") ? !answers.duLevel.next : !isCut());

/** What lies beside the prefixes of this level; null where that is nothing or not known. */
function directSum() {
  const whole = scope.bucket && isLevelWhole() ? totals() : null;
  if (!whole?.objects) return null;
  const rows = levelRows();
  const objects = whole.objects - sumOf(rows, "objects");
  return objects > 0 ? { objects, bytes: Math.max(0, whole.bytes - sumOf(rows, "bytes")) } : null;
}

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

function growthTable() {
  const table = new Map();
  for (const [name, { rows = [] }] of Object.entries(answers)) {
    if (!name.startsWith("growth")) continue;
    for (const row of rows) {
      if (row.bucket) table.set(keyOf(row), { percent: percentOf(row), since: row.since });
    }
  }
  return table;
}

const costTable = () => new Map(rowsOf("costs").map((row) => [keyOf(row), model.price(row)]));

function sumOfCosts(rows) {
  const known = rows.map(({ usd, usd_at_least, usd_at_most }) =>
    ({ usd, least: usd ?? usd_at_least, most: usd ?? usd_at_most }));
  const sum = (name) => (known.some((row) => row[name] == null) ? null : sumOf(known, name));
  return { usd: sum("usd"), usd_at_least: sumOf(known, "least"), usd_at_most: sum("most") };
}

/** How many buckets are not fresh, and of how many. */
function countUnfresh() {
  const rows = rowsOf("buckets");
  if (rows.length === status?.buckets) return [rows.filter((row) => freshness(row) !== "complete").length, rows.length];
  return [status ? status.buckets - status.complete : 0, status?.buckets ?? 0];
}

const budgetKey = () => "s3audit.budget:" + scope.bucket + "/" + scope.prefix + scope.account;
const budget = () => scope.budget ?? (Number(localStorage.getItem(budgetKey())) || null);

const linkTo = (changes) => model.formatAddress({ ...scope, budget: null, list: false, ...changes });
const TOP = { bucket: "", prefix: "" };
const linkToRow = (row, prefix = row.name) => linkTo({ bucket: row.bucket, account: accountOf(row), prefix });
