// What the page knows without a document: names, addresses, figures, scales, and where rectangles go.

// Names. A key is bytes, which need not be UTF-8. The page holds it in percent form with "/" left as it is, so that
// equal bytes are equal texts, and two keys that look alike stay two.

const ALL_PLAIN = /^[A-Za-z0-9\-._~/]*$/;
const ENCODER = new TextEncoder();
const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeBytes(bytes) {
  return Array.from(bytes, (byte) => {
    const letter = String.fromCharCode(byte);
    return ALL_PLAIN.test(letter) ? letter : "%" + hex(byte).toUpperCase();
  }).join("");
}

const hex = (code) => code.toString(16).padStart(2, "0");

export const encodeText = (text) => (ALL_PLAIN.test(text) ? text : encodeBytes(ENCODER.encode(text)));

/** The bytes of a percent form; a "%" that begins no two digits is itself. */
export function decodeBytes(encoded) {
  const parts = [...encoded.matchAll(/%([0-9A-Fa-f]{2})|[^]/gu)];
  return new Uint8Array(parts.flatMap(([text, digits]) => (digits ? parseInt(digits, 16) : [...ENCODER.encode(text)])));
}

/** The name in a row's field in percent form; the server has it where it is not UTF-8. */
export function nameIn(row, field) {
  const encoded = row[field + "_encoded"];
  return encoded == null ? encodeText(row[field] ?? "") : encodeBytes(decodeBytes(encoded));
}

export function textOf(encoded) {
  try {
    return STRICT.decode(decodeBytes(encoded));
  } catch {
    return null;
  }
}

export function prefixParameter(encoded) {
  const text = textOf(encoded);
  return text === null ? ["prefix_encoded", encoded] : ["prefix", text];
}

// Controls, directions, blanks, what has no width, private and unassigned characters.
const HIDDEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** A name in pieces: what would not be seen, or would move its neighbours, is odd and escaped. */
export function pieces(encoded) {
  if (ALL_PLAIN.test(encoded)) return encoded ? [{ text: encoded, isOdd: false }] : [];
  const found = [];
  const add = (text, isOdd) => {
    const last = found.at(-1);
    if (last && !isOdd && !last.isOdd) last.text += text;
    else found.push({ text, isOdd });
  };
  const bytes = decodeBytes(encoded);
  for (let at = 0; at < bytes.length;) {
    const [letter, length] = letterAt(bytes, at);
    const isEdge = at === 0 || at + length === bytes.length || bytes[at + length] === 32;
    if (letter === null) add("\\x" + hex(bytes[at]), true);
    // Blanks at an end, or two in a row, would be lost.
    else if (letter === " ") add(isEdge ? "\u2423" : " ", isEdge);
    else if (HIDDEN.test(letter)) add(escaped(letter.codePointAt(0)), true);
    else add(letter, false);
    at += length;
  }
  return found;
}

function escaped(code) {
  const short = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
  if (short) return short;
  return code < 256 ? "\\x" + hex(code) : "\\u" + hex(code).padStart(4, "0");
}

function letterAt(bytes, at) {
  for (let length = 1; length <= 4; length++) {
    try {
      return [STRICT.decode(bytes.subarray(at, at + length)), length];
    } catch {
      // Not whole yet, or no letter at all.
    }
  }
  return [null, 1];
}

/** A text of anybody's for titles and labels, which have no boxes. */
export const plain = (text) =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (letter) => escaped(letter.codePointAt(0)));

export const visible = (encoded) => pieces(encoded).map((piece) => piece.text).join("");

/** The level that a name lies in or is: up to its last "/". */
export const levelOf = (name) => name.slice(0, name.lastIndexOf("/") + 1);

export const parentOf = (prefix) => levelOf(prefix.replace(/\/$/, ""));

export const below = (name, prefix) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);

// Addresses: #bucket/prefix/?metric=objects&days=90.

export const METRICS = ["size", "objects", "cost"];
export const SPANS = [7, 30, 90, 365];

export function parseAddress(hash) {
  const [path, query = ""] = hash.replace(/^#/, "").split("?");
  const [name, rest] = bucketAndRest(path);
  const bucket = decoded(name);
  const prefix = encodeBytes(decodeBytes(rest));
  const options = new URLSearchParams(query);
  const metric = options.get("metric");
  const days = Number(options.get("days"));
  return {
    bucket, prefix: bucket ? prefix : "", budget: parseSize(options.get("budget") ?? ""),
    metric: METRICS.includes(metric) ? metric : "size", days: SPANS.includes(days) ? days : 30,
    list: Boolean(bucket) && options.has("list"), account: (bucket && options.get("account")) || "",
  };
}

/** The token in #token=…, #bucket/?token=… or ?token=…#bucket, or null, and the rest. */
export function withoutToken(search, hash) {
  let token = null;
  const clean = (text) => text.replace(/(^[#?]|[?&])token=([^&?]*)(&?)/g, (all, before, value, after) => {
    token = decoded(value);
    return before === "&" ? after : after || before === "#" ? before : "";
  });
  const rest = clean(search) + clean(hash);
  return { token, rest };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function formatAddress({ bucket = "", prefix = "", account, metric = "size", days = 30, budget, list }) {
  const options = new URLSearchParams();
  if (account && bucket) options.set("account", account);
  if (metric !== "size") options.set("metric", metric);
  if (days !== 30) options.set("days", days);
  if (budget) options.set("budget", budget + "B");
  if (list && bucket) options.set("list", "1");
  const query = options.toString();
  const path = bucket ? encodeURIComponent(bucket) + (prefix ? "/" + prefix : "") : "";
  return "#" + path + (query ? "?" + query : "");
}

export function parseJump(text) {
  const [bucket, rest] = bucketAndRest(text.trim().replace(/^s3:\/\//i, ""));
  return { bucket, prefix: encodeText(rest) };
}

const bucketAndRest = (path) => /^([^/]*)\/?([^]*)$/.exec(path).slice(1);

export const location = (bucket, name) => "s3://" + visible(encodeText(bucket)) + "/" + visible(name);

export const literal = (bucket) => bucket.replace(/[*?[]/g, "[$&]");

// Figures: three digits, a unit apart, a dash for what nobody knows.

export const UNKNOWN = "\u2013";
const MINUS = "\u2212";
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const DECIMAL = ["", "k", "M", "G", "T", "P", "E"];

const threeDigits = (value) => (value >= 99.95 ? grouped(value)
  : value.toFixed(value >= 9.995 ? 1 : 2).replace(/\.?0+$/, ""));

/** In the largest unit that fits, as in tables of the command line; but 1000.0 k is 1.0 M. */
function scaled(value, base, units, written) {
  let step = 0;
  let rest = Math.abs(value);
  while (rest >= (base === 1000 ? 999.95 : base) && step < units.length - 1) {
    rest /= base;
    step++;
  }
  return { value: (value < 0 ? MINUS : "") + written(rest), unit: units[step] };
}

export const bytesParts = (bytes) =>
  (bytes == null ? { value: UNKNOWN, unit: "" } : scaled(bytes, 1024, BINARY, threeDigits));

export const bytes = (count) => joined(bytesParts(count));
const joined = ({ value, unit }) => (unit ? value + "\u00a0" + unit : value);

export function countParts(count) {
  if (count == null) return { value: UNKNOWN, unit: "" };
  if (Math.abs(count) < 10_000) return { value: grouped(count), unit: "" };
  return scaled(count, 1000, DECIMAL, (rest) => rest.toFixed(1));
}

export const count = (number) => joined(countParts(number));

const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const grouped = (number) => (number < 0 ? MINUS : "") + GROUPED.format(Math.abs(number));

export function money(usd) {
  if (usd == null) return UNKNOWN;
  return "$\u00a0" + (usd >= 100 ? grouped(usd) : usd.toFixed(2));
}

export function price(row) {
  const usd = number(row?.usd);
  if (usd != null) return { text: money(usd), usd, isKnown: true };
  const least = number(row?.usd_at_least);
  const most = number(row?.usd_at_most);
  if (!least && most == null) return { text: UNKNOWN, usd: null, isKnown: false };
  const text = most == null ? "\u2265\u00a0" + money(least ?? 0) : money(least ?? 0) + UNKNOWN + money(most).slice(2);
  return { text, usd: least, isKnown: false };
}

const number = (value) => (value == null ? null : Number(value));

export function percent(value) {
  if (value == null) return UNKNOWN;
  const size = Math.abs(value);
  const text = size >= 9.95 ? grouped(size) : size.toFixed(1);
  return (text === "0.0" ? "" : value < 0 ? MINUS : "+") + text + "\u00a0%";
}

export const signed = (value, format) => (value == null ? UNKNOWN : (value < 0 ? "" : "+") + format(value));

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

export function age(iso, now) {
  if (iso == null) return UNKNOWN;
  const gone = Math.max(0, now - Date.parse(iso));
  if (gone < HOUR) return Math.floor(gone / MINUTE) + "\u00a0min";
  return gone < 2 * DAY ? Math.floor(gone / HOUR) + "\u00a0h" : Math.floor(gone / DAY) + "\u00a0d";
}

export const ago = (iso, now) => (now - Date.parse(iso) < MINUTE ? "just now" : age(iso, now) + " ago");

export const isoDate = (time) => new Date(time).toISOString().slice(0, 10);
export const clock = (time) => new Date(time).toISOString().slice(11, 16);
export const monthName = (time) => new Date(time).toLocaleString("en", { month: "short", timeZone: "UTC" });

export function parseSize(text) {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([kmgtpe]?)(i?)b?\s*$/i.exec(text);
  if (!found) return null;
  const power = "kmgtpe".indexOf(found[2].toLowerCase() || "?") + 1;
  const size = Math.round(Number(found[1]) * (found[3] || !power ? 1024 : 1000) ** power);
  return size > 0 ? size : null;
}

/** Storage classes, warm to cold. */
export const CLASSES = {
  STANDARD: "Standard", REDUCED_REDUNDANCY: "Reduced Redundancy", EXPRESS_ONEZONE: "Express One Zone",
  INTELLIGENT_TIERING: "Intelligent-Tiering", STANDARD_IA: "Standard-IA", ONEZONE_IA: "One Zone-IA",
  GLACIER_IR: "Glacier Instant", GLACIER: "Glacier Flexible", DEEP_ARCHIVE: "Deep Archive",
};

export const className = (name) => (Object.hasOwn(CLASSES, name) ? CLASSES[name] : name);
export const classColour = (name) => "class-" + name.toLowerCase().replace(/\W/g, "_");
export const byWarmth = (one, other) => warmth(one) - warmth(other) || (one < other ? -1 : 1);
const warmth = (name) => (Object.keys(CLASSES).indexOf(name) + 100) % 100;

export function findingName(name) {
  const words = name.replaceAll("-", " ").replace("ia or glacier", "IA or Glacier");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What was listed longer ago is stale, as in the alerts that come with s3audit. */
export const STALE_MS = 36 * HOUR;

export function freshness(row, now) {
  if (row.state !== "complete" || !row.synced_at) return row.state;
  return now - Date.parse(row.synced_at) > STALE_MS ? "stale" : "complete";
}

// Growth as colour: seven steps, blue to grey to amber.

const CUTS = [-25, -10, -2, 2, 10, 25];

export const growthStep = (change) =>
  CUTS.filter((cut) => (cut < 0 ? (change ?? 0) > cut : change >= cut)).length;

// The map: squarified (Bruls, Huizing, van Wijk 2000), in two levels.

/** Rectangles for items with a `value`, largest first; equal ones by name, so that nights don't shuffle them. */
export function squarify(items, box) {
  const sorted = items.filter((item) => item.value > 0).sort(byValue);
  const total = valueOf(sorted);
  const placed = [];
  if (!total || box.width <= 0 || box.height <= 0) return placed;
  const scale = (box.width * box.height) / total;
  let { x, y, width, height } = box;
  for (let start = 0; start < sorted.length;) {
    const side = Math.min(width, height);
    const end = rowEnd(sorted, start, side, scale);
    const row = sorted.slice(start, end);
    const area = valueOf(row) * scale;
    const depth = end === sorted.length ? (width < height ? height : width) : area / side;
    let along = 0;
    for (const item of row) {
      const length = (item.value * scale / area) * side;
      placed.push(width < height
        ? { item, x: x + along, y, width: length, height: depth }
        : { item, x, y: y + along, width: depth, height: length });
      along += length;
    }
    if (width < height) [y, height] = [y + depth, height - depth];
    else [x, width] = [x + depth, width - depth];
    start = end;
  }
  return placed;
}

const valueOf = (items) => items.reduce((sum, item) => sum + item.value, 0);

export const byValue = (one, other) => other.value - one.value || (one.name < other.name ? -1 : 1);

/** Where a row ends: before the item that would make its worst rectangle longer. */
function rowEnd(items, start, side, scale) {
  let sum = 0;
  let worst = Infinity;
  for (let end = start; end < items.length; end++) {
    const next = sum + items[end].value * scale;
    const depth = next / side;
    const ratio = (item) => Math.max((item.value * scale) / depth ** 2, depth ** 2 / (item.value * scale));
    const ratios = Math.max(ratio(items[start]), ratio(items[end]));
    if (ratios > worst) return end;
    [sum, worst] = [next, ratios];
  }
  return items.length;
}

const STRIP = 36;
export const MAP = { groups: 24, children: 12, shareMin: 0.004, capHeight: 22, capWidthMin: 96, capHeightMin: 70 };

/**
 * The largest items, and one for all others: what is beyond `most` or under the least share is "N more".
 * `unseen` is how many there are beside the items, null where nobody knows.
 */
export function largest(items, most, whole, others, unseen = 0) {
  const sorted = items.filter((item) => item.value > 0).sort(byValue);
  const least = Math.min(whole * MAP.shareMin, (sorted[0]?.value ?? 0) / 4);
  const kept = sorted.filter((item, place) => place < most && item.value >= least);
  const rest = whole - valueOf(kept);
  const left = sorted.length - kept.length + unseen;
  if (rest <= whole * 1e-9) return kept;
  const name = unseen === null ? "more" : left ? `${count(left)} more` : others;
  return [...kept, { name, value: rest, isRest: true }];
}

/**
 * The tiles of a map: groups, which have a cap and children where there is room, and tiles.
 * A group is { name, value, children: [{ name, value }] }; `whole` is what all there is comes to.
 * What children leave over is a tile without a link, and what groups do a strip where it is most.
 */
export function mapTiles(groups, width, height, { isDeep = true, whole = 0, unseen = 0, unseenBelow = 0 } = {}) {
  const all = Math.max(whole, valueOf(groups));
  const held = largest(groups, MAP.groups, all, "others", unseen);
  const tiles = [];
  const rest = held.at(-1);
  if (rest?.isRest && rest.value > all / 2 && held.length > 2) {
    held.pop();
    height -= STRIP;
    const strip = inset({ item: { ...rest, share: rest.value / all }, x: 0, y: height, width, height: STRIP }, 1.5);
    tiles.push({ ...strip, kind: "tile" });
  }
  for (const place of squarify(held, { x: 0, y: 0, width, height })) {
    const box = inset(place, 1.5);
    const children = place.item.children ?? [];
    if (!isDeep || !children.length || box.width < MAP.capWidthMin || box.height < MAP.capHeightMin) {
      tiles.push({ ...box, item: place.item, kind: "tile" });
      continue;
    }
    tiles.push({ ...box, item: place.item, kind: "group" });
    const inner = { x: box.x + 1, y: box.y + MAP.capHeight, width: box.width - 2,
      height: box.height - MAP.capHeight - 1 };
    const parts = largest(children, MAP.children, place.item.value, "other objects", unseenBelow);
    for (const child of squarify(parts, inner)) {
      tiles.push({ ...inset(child, 1), item: child.item, kind: "tile", isChild: true });
    }
  }
  return tiles;
}

const inset = ({ item, x, y, width, height }, by) =>
  ({ item, x: x + by, y: y + by, width: Math.max(0, width - 2 * by), height: Math.max(0, height - 2 * by) });

export function neighbour(tiles, from, direction) {
  const centre = (tile) => [tile.x + tile.width / 2, tile.y + tile.height / 2];
  const [x, y] = centre(from);
  const across = direction === "ArrowLeft" || direction === "ArrowRight";
  const sign = direction === "ArrowRight" || direction === "ArrowDown" ? 1 : -1;
  let best = null;
  for (const tile of tiles) {
    const [dx, dy] = centre(tile).map((value, axis) => value - [x, y][axis]);
    const forward = sign * (across ? dx : dy);
    if (tile === from || forward < 1) continue;
    const distance = forward + 2 * Math.abs(across ? dy : dx);
    if (!best || distance < best.distance) best = { tile, distance };
  }
  return best?.tile ?? null;
}

// History.

/** Rows of `history` as days, oldest first: { at, total, parts }; an unknown total is null. */
export function historyDays(rows, field) {
  const days = new Map();
  for (const row of rows) {
    const at = Date.parse(row.at);
    const day = days.get(at) ?? { at, total: 0, parts: {} };
    if (row[field] == null) day.total = null;
    else if (day.total !== null) {
      day.total += row[field];
      day.parts[row.storage_class ?? ""] = row[field];
    }
    days.set(at, day);
  }
  return [...days.values()].sort((one, other) => one.at - other.at);
}

export function runs(days) {
  const found = [];
  for (const day of days) {
    if (day.total === null) continue;
    const last = found.at(-1);
    if (last && day.at - last.at(-1).at <= DAY * 1.5) last.push(day);
    else found.push([day]);
  }
  return found;
}

export function ticks(most, isBytes) {
  let unit = 1;
  const base = isBytes ? 1024 : 1000;
  while (most / unit >= base) unit *= base;
  const factors = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];
  const step = unit * (factors.find((factor) => most / (unit * factor) <= 6 && unit * factor >= 1) ?? 500);
  return Array.from({ length: Math.floor((most * 1.0001) / step) + 1 }, (_, place) => place * step);
}

/** The range of a sparkline: at least 4 % of its maximum, else noise looks like news. */
export function sparkRange(values) {
  const most = Math.max(...values);
  const least = Math.min(...values);
  const span = Math.max(most - least, most * 0.04) || 1;
  const middle = (most + least) / 2;
  return [middle - span / 2, middle + span / 2];
}
