// The field to jump, keys, themes and the start.

function suggestions() {
  const typed = at("jump-field").value.trim();
  const wanted = model.parseJump(typed);
  const buckets = rowsOf("buckets").filter((row) => row.bucket.toLowerCase().includes(wanted.bucket.toLowerCase()));
  const prefixes = childRows().filter((row) =>
    model.location(row.bucket, row.name).toLowerCase().includes(typed.toLowerCase()));
  return [...(scope.bucket ? prefixes.slice(0, 4) : []), ...buckets].slice(0, 8);
}

function drawSuggestions() {
  const [field, list] = [at("jump-field"), at("jump-list")];
  const rows = suggestions();
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
  if (event.key === "Escape") field.blur();
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

// Keys come faster than the page follows: the address says where they are pressed.
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
  const name = THEMES[theme()] ? theme() : "auto";
  const [mark, words] = THEMES[name];
  document.documentElement.dataset.theme = name;
  at("theme").textContent = mark;
  at("theme").setAttribute("aria-label", "Theme: " + words);
}

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
  hideTip();
  at("budget-form").hidden = true;
  if (before.metric !== scope.metric) tableOrder = { column: scope.metric, isDown: true };
  if (before.bucket !== scope.bucket || before.account !== scope.account || before.prefix !== scope.prefix) {
    scrollTo(0, 0);
    at("spoken").textContent = scope.bucket ? model.location(scope.bucket, scope.prefix) : "All buckets";
    if (!document.activeElement?.closest?.(".top, .controls")) at("main").focus({ preventScroll: true });
  } else if (scope.list && !before.list) at("objects-title").scrollIntoView();
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
  on("jump-field", "focus", (event) => { event.target.select(); drawSuggestions(); });
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
