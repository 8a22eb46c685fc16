// What the page draws: elements, icons, the map, history, sparklines and bars of classes.
// Text gets into the document by textContent alone, and sizes by the CSSOM: nothing is ever parsed.

import {
  bytes, classColour, className, encodeText, growthStep, isoDate, mapTiles, monthName, neighbour, percent,
  pieces, plain, runs, sparkRange, ticks,
} from "./model.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element: `element("a.tile", { href, on: { click }, style: { left } }, child, "text")`; null is no child. */
export function element(name, ...rest) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  const hasOptions = rest[0] && Object.getPrototypeOf(rest[0]) === Object.prototype;
  return hasOptions ? furnish(made, rest[0], rest.slice(1)) : furnish(made, {}, rest);
}

export const drawn = (tag, options = {}, ...children) =>
  furnish(document.createElementNS(SVG, tag), options, children);

const isRead = (name) => name === "title" || name === "aria-label";

function furnish(made, { on = {}, style = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(name, "");
    else if (value != null && value !== false) made.setAttribute(name, isRead(name) ? plain(String(value)) : value);
  }
  for (const [name, handler] of Object.entries(on)) made.addEventListener(name, handler);
  Object.assign(made.style, style);
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return made;
}

export const SILENT = { "aria-hidden": "true" };

export const nameNodes = (encoded) =>
  pieces(encoded).map(({ text, isOdd }) => (isOdd ? element("span.odd.warn", text) : document.createTextNode(text)));

export const textNodes = (text) => nameNodes(encodeText(text ?? ""));

const CIRCLE = "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8";
const ICONS = {
  check: "M3 8.5 6.5 12 13 4.5", clock: CIRCLE + "M8 4.6V8l2.4 1.5",
  half: "M8 1.8a6.2 6.2 0 1 0 6.2 6.2H8z", lock: "M4 7.2h8v6.3H4zM5.6 7V5a2.4 2.4 0 0 1 4.8 0v2",
  never: CIRCLE + "M5.4 8h5.2",
  bucket: "M2.5 3.5h11v2h-11zM3.3 5.5l1 8h7.4l1-8M6.2 8h3.6", folder: "M1.8 3.6h4.4l1.4 1.7h6.6v7.6H1.8z",
  file: "M4 1.8h5l3.2 3.2v9.2H4zM9 1.8V5h3.2",
  away: "M2 5.5a9 9 0 0 1 12 0M4.4 8.3a5.4 5.4 0 0 1 7.2 0M8 11.8v.2M2.5 2.5l11 11",
  turn: "M13.2 8A5.2 5.2 0 1 1 8 2.8c2 0 3.6 1 4.6 2.6M13 2.4v3.2H9.8",
};

export const icon = (name) =>
  drawn("svg", { class: "icon", viewBox: "0 0 16 16", ...SILENT }, drawn("path", { d: ICONS[name] }));

// The tooltip, which says what a label says too.

const tip = () => document.getElementById("tip");

export function showTip(lines, x, y) {
  const box = tip();
  box.replaceChildren(...lines.filter(Boolean).map((line) => element("div", line)));
  box.hidden = false;
  const { width, height } = box.getBoundingClientRect();
  box.style.left = Math.max(8, Math.min(x + 14, innerWidth - width - 8)) + "px";
  box.style.top = Math.max(8, y + height + 20 > innerHeight ? y - height - 12 : y + 16) + "px";
}

export function hideTip() {
  tip().hidden = true;
}

// The map.

const measuring = document.createElement("canvas").getContext("2d");
let family = "";

function textWidth(text, size, weight) {
  family ||= getComputedStyle(document.body).fontFamily;
  measuring.font = `${weight} ${size}px ${family}`;
  return measuring.measureText(text).width;
}

/**
 * Draws a map into `box`. A group is { name, label, value, figure, growth, href, state, children }.
 * It is one tab stop: arrows go to the tile that lies next that way.
 */
export function drawMap(box, groups, { kept, open, ...how }) {
  const { width, height } = box.getBoundingClientRect();
  const tiles = mapTiles(groups, Math.floor(width), Math.floor(height), how);
  const nodes = new Map(tiles.map((tile) => [tile, tile.item.isRest ? restTile(tile, open) : tileLink(tile)]));
  const stops = tiles.filter((tile) => !tile.item.isRest);
  const start = stops.find((tile) => tile.item.href === kept) ?? stops[0];
  if (start) nodes.get(start).tabIndex = 0;
  for (const tile of stops) {
    nodes.get(tile).addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow") || isChord(event)) return;
      event.preventDefault();
      // From a group an arrow leads to what lies beside its cap.
      const next = neighbour(stops.filter((other) => other.kind === "tile"), tile, event.key);
      if (!next) return;
      nodes.get(tile).tabIndex = -1;
      nodes.get(next).tabIndex = 0;
      nodes.get(next).focus();
    });
  }
  box.replaceChildren(...nodes.values());
}

export const isChord = (event) => event.altKey || event.ctrlKey || event.metaKey;

const place = ({ x, y, width, height }) =>
  ({ left: x + "px", top: y + "px", width: width + "px", height: height + "px" });

/** What is left over; where that is most, a strip that leads to the list. */
function restTile(tile, open) {
  const { name, share } = tile.item;
  if (share) return element("button.tile.rest", { type: "button", style: place(tile), on: { click: open } },
    `${name}: ${Math.round(share * 100)}\u00a0% of it`);
  return element("span.tile.rest", { style: place(tile) }, fits(tile, name, 12, 600) ? element("span.words", name) : "");
}

function fits(tile, text, size, weight) {
  return tile.width >= 52 && tile.height >= 24 && textWidth(text, size, weight) + 14 <= tile.width;
}

const isHatched = ({ state }) => state && state !== "complete";

function tileLink(tile) {
  const { item } = tile;
  const growth = item.growth == null ? null : `${percent(item.growth)} ${item.span}`;
  const words = [item.figure, growth, isHatched(item) ? item.state : null];
  const label = [item.label, ...words].filter(Boolean).join(", ");
  const show = (x, y) => showTip([element("div.name", item.label), ...words], x, y);
  const node = element("a", {
    href: item.href, "aria-label": label, tabindex: -1, "data-key": "map:" + item.name, style: place(tile),
    on: {
      click: (event) => item.open && (event.preventDefault(), item.open()),
      pointermove: (event) => event.pointerType !== "touch" && show(event.clientX, event.clientY),
      pointerleave: hideTip, blur: hideTip,
      focus: () => {
        const { left, top, height } = node.getBoundingClientRect();
        if (node.matches(":focus-visible")) show(left + 8, top + Math.min(height, 40));
      },
    },
  });
  node.classList.add(tile.kind, item.isDirect ? "rest" : "g" + growthStep(item.growth));
  if (isHatched(item)) node.classList.add("hatched");
  node.append(...(tile.kind === "group" ? capParts(tile) : tileParts(tile)));
  return node;
}

function capParts({ item, width }) {
  const figure = textWidth(item.figure, 12, 400) + 70 <= width ? element("span.figure", item.figure) : null;
  return [element("span.cap", element("span.name", nameNodes(item.short)), figure ?? "")];
}

function tileParts(tile) {
  const { item, width, height } = tile;
  if (width < 52 || height < 24) return [];
  const isLarge = width >= 150 && height >= 84;
  const size = isLarge ? 13 : 12;
  const name = pieces(item.short).map((piece) => piece.text).join("");
  // A name is cut only where six letters of it are left.
  const isNamed = fits(tile, name, size, 600) || fits(tile, name.slice(0, 6) + "…", size, 600);
  if (!isNamed) return [];
  const line = isLarge ? 18 : 16;
  const parts = [element("span.name", nameNodes(item.short))];
  if (height >= 12 + 2 * line && fits(tile, item.figure, size, 400)) parts.push(element("span.figure", item.figure));
  if (height >= Math.max(60, 12 + 3 * line) && item.growth != null && fits(tile, percent(item.growth), size, 400)) {
    parts.push(element("span.figure", percent(item.growth)));
  }
  return [element("span", { class: isLarge ? "words large" : "words" }, ...parts)];
}

// History.

const MARGIN = { left: 58, right: 4, top: 18, bottom: 22 };

/** Draws stacked areas by class with gaps, a dotted forecast and a dashed budget; arrows move the crosshair. */
export function drawHistory(box, { days, isBytes, format, line, budget, classes, until }) {
  const width = Math.max(240, Math.floor(box.clientWidth));
  const height = Math.max(160, Math.floor(box.clientHeight));
  const plan = plot(days, { width, height, line, budget, until, isBytes });
  const picture = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, ...SILENT });
  picture.append(...axes(plan, format), ...areas(plan, classes), ...forecast(plan, line),
    ...budgetLine(plan, budget, format));
  box.replaceChildren(picture);
  crosshair(box, picture, plan, { days, classes, format });
}

function plot(days, { width, height, line, budget, until, isBytes }) {
  const first = days[0].at;
  const last = Math.max(until, days.at(-1).at);
  const known = days.filter((day) => day.total !== null).map((day) => day.total);
  const ahead = line ? valueAt(line, last) : 0;
  const highest = Math.max(...known, ahead, 1);
  const isBudgetNear = budget && budget <= highest * 2.5;
  const steps = ticks(isBudgetNear ? Math.max(highest, budget * 1.02) : highest, isBytes);
  const top = Math.max(highest, isBudgetNear ? budget * 1.02 : 0, steps.at(-1));
  const x = (at) => MARGIN.left + ((at - first) / Math.max(1, last - first)) * (width - MARGIN.left - MARGIN.right);
  const y = (value) => height - MARGIN.bottom - (value / top) * (height - MARGIN.top - MARGIN.bottom);
  return { days, first, last, steps, x, y, width, height, isBudgetNear };
}

function axes({ steps, x, y, width, height, first, last }, format) {
  const lines = steps.flatMap((value) => [
    drawn("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(value), y2: y(value) }),
    drawn("text", { class: "axis", x: MARGIN.left - 8, y: y(value) + 4, "text-anchor": "end" },
      value ? format(value).replace(".0\u00a0", "\u00a0") : "0"),
  ]);
  const begin = new Date(first);
  const start = (month) => Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + month, 1);
  let free = -Infinity;
  for (let month = 0; start(month) <= last; month++) {
    const at = start(month);
    const middle = x(Math.max(at, first));
    // A first month of a few days gives way to the second.
    const isShort = !month && start(2) <= last && x(start(1)) < MARGIN.left + 44;
    if (isShort || middle < free || middle > width - 20) continue;
    free = middle + 44;
    lines.push(drawn("text", { class: "axis", x: middle, y: height - 6, "text-anchor": month ? "middle" : "start" },
      monthName(at)));
  }
  return lines;
}

function areas({ days, x, y }, classes) {
  const stacked = [...classes].reverse();
  const under = new Map(days.map((day) => [day, 0]));
  return stacked.flatMap((name) => runs(days).map((run) => {
    const floor = run.map((day) => `${x(day.at).toFixed(1)} ${y(under.get(day)).toFixed(1)}`);
    for (const day of run) under.set(day, under.get(day) + (day.parts[name] ?? 0));
    const roof = run.map((day) => `${x(day.at).toFixed(1)} ${y(under.get(day)).toFixed(1)}`);
    // A night alone is a stroke.
    const shape = run.length > 1 ? `M${roof.join("L")}L${floor.reverse().join("L")}Z` : `M${floor[0]}L${roof[0]}`;
    return drawn("path", { class: `area ${run.length > 1 ? "" : "alone "}${classColour(name || "STANDARD")}`, d: shape });
  }));
}

function forecast({ x, y, last }, line) {
  if (!line || last <= line.from.at) return [];
  const d = `M${x(line.from.at)} ${y(line.from.total)}L${x(last)} ${y(valueAt(line, last))}`;
  return [drawn("path", { class: "forecast", d })];
}

const valueAt = ({ from, slope }, time) => Math.max(0, from.total + slope * (time - from.at));

function budgetLine({ y, width, isBudgetNear }, budget, format) {
  if (!budget) return [];
  const text = "budget " + format(budget);
  if (!isBudgetNear) return [drawn("text", { class: "budget", x: MARGIN.left + 4, y: 11 }, text + " is above")];
  return [
    drawn("line", { class: "budget", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(budget), y2: y(budget) }),
    drawn("text", { class: "budget", x: MARGIN.left + 4, y: y(budget) - 5 }, text),
  ];
}

function crosshair(box, picture, { x, y, width, height }, { days, classes, format }) {
  const rule = drawn("line", { class: "rule", y1: MARGIN.top, y2: height - MARGIN.bottom, visibility: "hidden" });
  picture.append(rule);
  let at = days.length - 1;
  const lines = (day) => [
    element("div.name", isoDate(day.at)),
    ...(day.total === null ? ["not listed to its end"] : [
      "total " + format(day.total),
      ...(classes.length > 1 ? classes.map((name) => `${className(name)} ${format(day.parts[name] ?? 0)}`) : []),
    ]),
  ];
  const show = (place, clientX, clientY) => {
    at = Math.max(0, Math.min(days.length - 1, place));
    const [left, day] = [x(days[at].at), days[at]];
    furnish(rule, { x1: left, x2: left, visibility: "visible" }, []);
    const frame = picture.getBoundingClientRect();
    showTip(lines(day), clientX ?? frame.left + left, clientY ?? frame.top + y(day.total ?? 0));
    return lines(day).map((line) => line.textContent ?? line).join(", ");
  };
  const hide = () => {
    rule.setAttribute("visibility", "hidden");
    hideTip();
  };
  box.onpointermove = (event) => {
    const wanted = event.clientX - picture.getBoundingClientRect().left;
    const nearest = days.reduce((best, day, place) =>
      (Math.abs(x(day.at) - wanted) < Math.abs(x(days[best].at) - wanted) ? place : best), 0);
    show(nearest, event.clientX, event.clientY);
  };
  box.onpointerleave = box.onblur = hide;
  box.onkeydown = (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: days.length - 1 }[event.key];
    if (to === undefined || isChord(event)) return;
    event.preventDefault();
    document.getElementById("spoken").textContent = show(to);
  };
}

export function sparkline(days) {
  const known = days.filter((day) => day.total !== null);
  if (known.length < 2) return null;
  const [width, height] = [72, 24];
  const [least, most] = sparkRange(known.map((day) => day.total));
  const [first, last] = [known[0].at, known.at(-1).at];
  const x = (at) => (((at - first) / (last - first)) * width).toFixed(1);
  const y = (value) => (height - 2 - ((value - least) / (most - least)) * (height - 4)).toFixed(1);
  const picture = drawn("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, ...SILENT });
  for (const run of runs(days)) {
    const points = run.map((day) => `${x(day.at)} ${y(day.total)}`).join("L");
    picture.append(
      drawn("path", { class: "under", d: `M${points}L${x(run.at(-1).at)} ${height}L${x(run[0].at)} ${height}Z` }),
      drawn("path", { class: "line", d: `M${points}` }));
  }
  return picture;
}

export function classStrip(parts) {
  const words = parts.map(({ name, value }) => `${className(name)} ${bytes(value)}`).join(", ");
  return element("div.strip", { role: "img", "aria-label": words || "nothing" },
    parts.filter(({ value }) => value > 0).map(({ name, value }) =>
      element("span", { class: classColour(name), style: { flexGrow: value } })));
}

export const shareBar = (share) =>
  element("span.bar", SILENT, element("span", { style: { width: `${Math.max(share * 100, share > 0 ? 2 : 0)}%` } }));

export const changeBar = (share) =>
  element("span.change", SILENT, element(share < 0 ? "span.g3" : "span.g6",
    { style: { width: `${Math.abs(share) * 50}%`, left: `${50 + Math.min(share, 0) * 50}%` } }));
