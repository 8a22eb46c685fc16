// The field to jump, keys, themes and the start.

/** Places that have what is typed; behind the name of a bucket, prefixes of that level. */
async function suggest() {
  const typed = at("jump-field").value.trim();
  const { bucket, prefix } = model.parseJump(typed);
  const has = (text, part) => text.toLowerCase().includes(part.toLowerCase());
  const below = scope.bucket ? childRows().filter((row) => has(model.location(row.bucket, row.name), typed)) : [];
  drawSuggestions([...below.slice(0, 4), ...rowsOf("buckets").filter((row) => has(row.bucket, bucket))]);
  if (!typed.includes(bucket + "/") || !namesakes(bucket).length) return;
  const within = { ...scope, bucket, account: "", prefix: model.levelOf(prefix) };
  const level = await ask("du", inScope({ depth: 1, sort: "-bytes", limit: PAGE_ROWS }, within)).catch(fail);
  const found = level?.rows.filter(({ name }) => name !== within.prefix && has("/" + name, "/" + prefix));
  if (found?.length && typed === at("jump-field").value.trim()) drawSuggestions(found);
}

function drawSuggestions(places) {
  const [field, list] = [at("jump-field"), at("jump-list")];
  const rows = places.slice(0, 8);
  list.replaceChildren(...rows.map((row, number) => element("li", {
    id: "jump-" + number, role: "option", "aria-selected": "false", "data-href": linkToRow(row),
    on: { pointerdown: (event) => { event.preventDefault(); jump(linkToRow(row)); } },
  }, icon(row.name ? "folder" : "bucket"),
  element("span", nameNodes(fullName(row)), element("span.faint", " ", accountOf(row))))));
  list.hidden = !rows.length;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
}

function jump(href) {
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
  if (event.key === "Escape") field.value = "", field.blur();
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  if (list.hidden) suggest();
  const options = [...list.children];
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = options[(now + (event.key === "ArrowDown" ? 1 : options.length + (now < 0 ? 0 : -1))) % options.length];
  options.forEach((option) => option.setAttribute("aria-selected", String(option === next)));
  if (next) field.setAttribute("aria-activedescendant", next.id);
}

function submitJump(event) {
  event.preventDefault();
  const typed = at("jump-field").value.trim();
  const isName = namesakes(model.parseJump(typed).bucket).length;
  const list = at("jump-list");
  const chosen = list.querySelector('[aria-selected="true"]') ?? (isName ? null : list.firstChild);
  if (chosen) jump(chosen.dataset.href);
  else if (typed) jump(linkTo({ account: "", ...model.parseJump(typed) }));
}

// Keys and themes.

const KEYS = [
  ["/", "jump to a bucket or s3://bucket/prefix"], ["u, Backspace", "one level up"],
  ["arrows", "the next tile of the map that way"],
  ["Enter", "open the tile"], ["m", "size, objects, cost"], ["t", "light, dark, as the system has it"],
  ["?", "this list"], ["Esc", "close"],
];

const showKeys = () => openDialog("Keys", KEYS.map(([key, does]) => [element("kbd", key), does]));

function pressed(event) {
  if (isChord(event) || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, dialog")) return;
  const does = {
    "/": () => at("jump-field").focus(), u: goUp, Backspace: goUp, m: nextMetric, t: nextTheme, "?": showKeys,
    Escape: hideTip,
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

// Keys come faster than the page follows: the address says where.
function goUp() {
  const { bucket, prefix } = model.parseAddress(location.hash);
  if (prefix) location.hash = linkTo({ bucket, prefix: model.parentOf(prefix) });
  else if (bucket) location.hash = linkTo(TOP);
}

const next = (values, value) => values[(values.indexOf(value) + 1) % values.length];

function nextMetric() {
  const here = model.parseAddress(location.hash);
  location.hash = linkTo({ ...here, metric: next(model.METRICS, here.metric) });
}

const THEMES = { auto: ["◐", "as the system has it"], light: ["○", "light"], dark: ["●", "dark"] };
const theme = () => localStorage.getItem("s3audit.theme") ?? "auto";

function nextTheme() {
  localStorage.setItem("s3audit.theme", next(Object.keys(THEMES), theme()));
  applyTheme();
}

function applyTheme() {
  const [mark, words] = THEMES[theme()] ?? THEMES.auto;
  document.documentElement.dataset.theme = theme();
  at("theme").textContent = mark;
  at("theme").setAttribute("aria-label", "Theme: " + words);
}

/** Takes up an entry of the history: Back leads to what was shown. */
function arrive(isElsewhere = true) {
  const id = history.state?.id ?? Date.now() + visits.size;
  here = visits.get(id) ?? (isElsewhere ? { y: 0, rows: ROWS_SHOWN, objects: ROWS_SHOWN } : { ...here });
  visits.set(id, here);
  history.replaceState({ id }, "");
  Object.assign(here, { hash: location.hash, wanted: here.y || null });
}

const leavePlace = () => { here.wanted = null; };

// The start.

function takeToken() {
  const { token, rest } = model.withoutToken(location.search, location.hash);
  if (token === null) return false;
  if (token) sessionStorage.setItem("s3audit.token", token);
  history.replaceState(null, "", location.pathname + rest);
  scope = model.parseAddress(location.hash);
  return true;
}

function navigated() {
  const before = scope;
  if (takeToken()) {
    at("instead").dataset.kind = "";
    status = null;
    watch();
  } else scope = model.parseAddress(location.hash);
  const isElsewhere = ["bucket", "account", "prefix"].some((name) => before[name] !== scope[name]);
  arrive(isElsewhere);
  hideTip();
  at("budget-form").hidden = true;
  if (before.metric !== scope.metric) tableOrder = { column: scope.metric, isDown: true };
  if (isElsewhere) {
    scrollTo(0, here.y);
    at("spoken").textContent = scope.bucket ? model.location(scope.bucket, scope.prefix) : "All buckets";
    if (!document.activeElement?.closest?.(".top, .controls")) at("main").focus({ preventScroll: true });
  } else if (scope.list && !before.list) {
    leavePlace();
    at("objects-title").scrollIntoView();
  }
  if (!trouble || isPassing()) load(false);
  else drawAddress();
}

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
  at("steps").append(...Array.from({ length: 7 }, (_, step) => element("span.g" + step)));
  at("cards").append(card("table", "Buckets"),
    element("div.aside", card("findings", "Findings"), card("night", "Since last night")),
    card("objects", "Largest objects"));
  applyTheme();
  takeToken();
  arrive();
  addEventListener("hashchange", navigated);
  addEventListener("scroll", () => {
    // Browsers scroll before they tell of another address.
    if (here.wanted === null && here.hash === location.hash) here.y = scrollY;
  });
  for (const name of ["wheel", "touchmove", "keydown"]) addEventListener(name, leavePlace);
  addEventListener("keydown", pressed);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible"
    && trouble?.kind !== "token" && watch());
  on("theme", "click", nextTheme);
  on("help", "click", showKeys);
  on("skip", "click", (event) => { event.preventDefault(); at("main").focus(); });
  on("jump", "submit", submitJump);
  on("jump-field", "input", suggest);
  on("jump-field", "focus", (event) => { event.target.select(); suggest(); });
  on("jump-field", "blur", closeJump);
  on("jump-field", "keydown", jumpKey);
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
