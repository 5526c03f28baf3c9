// The log view in the browser: a list of any length of which only the rows that one sees exist.
//
// New rows come by themselves in the trait "tail"; all others are asked for. A kernel that runs a
// cell answers nothing until that has ended, so whatever is here already is filtered and searched
// here meanwhile. Text of a log becomes text nodes and never markup.

const ROW = 18; // pixels, as in the style sheet
const LEAST_TALL = 5 * ROW;
const MOST_TALL = 18 * ROW + 2; // pixels of the view until a person makes it taller
const MOST_HEIGHT = 15_000_000; // browsers have no taller elements; above, the scroll bar is scaled
const OVERSCAN = 16;
const MOST_ROWS = 180; // elements, however tall the view is
const MOST_CACHED = 20_000;
const PATIENCE = 1_200; // milliseconds until a person is told what is waited for
const ASK_AGAIN = 10_000;
const LONGEST_LOOK = 100; // milliseconds that a pattern may take for one row
const STREAMS = [["all", "All"], ["stdout", "stdout"], ["stderr", "stderr"]];
const LEVELS = [[0, "All levels"], [1, "Info and above"], [2, "Warnings and errors"], [3, "Errors"]];
const LEVEL_NAMES = ["debug", "info", "warn", "error"];

const SHORTCUTS_OFF = "data-lm-suppress-shortcuts"; // the notebook's own, which are single letters

let numbers = 0;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function wholeNumber(value) {
  return value.toLocaleString("en");
}

function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit += 1) bytes /= 1000;
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

function saves(event) {
  return event.key === "s" && (event.ctrlKey || event.metaKey);
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function textOf(row) {
  return row.slice(4).map((span) => (typeof span === "string" ? span : span[0])).join("");
}

// The rows that have come, by their place in the list.
class Cache {
  constructor() {
    this.clear("");
  }

  clear(key) {
    this.key = key;
    this.rows = new Map();
    this.count = 0;
    this.stable = 0;
  }

  take(tail) {
    const key = `${tail.view} ${tail.log}`;
    if (key !== this.key) this.clear(key);
    const end = tail.first + tail.rows.length;
    // A line that had not ended, or was repeated, has changed since.
    for (const place of this.rows.keys()) {
      if (place >= this.stable && (place < tail.first || place >= end)) this.rows.delete(place);
    }
    this.count = tail.count;
    this.stable = tail.stable;
    this.put(tail.first, tail.rows);
  }

  put(first, rows) {
    rows.forEach((row, index) => {
      const old = this.rows.get(first + index);
      // The same row stays the same object: it need not be drawn again.
      if (!old || JSON.stringify(old) !== JSON.stringify(row)) this.rows.set(first + index, row);
    });
  }

  forgetFarFrom(place) {
    if (this.rows.size <= MOST_CACHED) return;
    for (const other of this.rows.keys()) {
      const far = Math.abs(other - place) > MOST_CACHED / 4;
      if (far && other < this.stable - MOST_CACHED / 4) this.rows.delete(other);
    }
  }

  inOrder() {
    return [...this.rows.entries()].sort((one, other) => one[0] - other[0]);
  }
}

class LogList {
  constructor(model, element) {
    this.model = model;
    this.cache = new Cache();
    this.choice = { view: 0, stream: "all", level: 0, collapse: true };
    this.wanted = null; // the number of a choice that Python has not taken yet
    this.local = null; // rows of that choice, as far as they are here
    this.top = 0; // the row at the upper edge, with a fraction
    this.follow = true;
    this.expected = 0;
    this.pool = [];
    this.tall = LEAST_TALL;
    this.asked = null;
    this.search = null;
    this.marks = 0;
    this.download = null;
    this.tail = {};
    this.build(element);
    this.listen();
    this.take();
  }

  // --- the page ---

  build(element) {
    const id = `synapse-log-${(numbers += 1)}-${Math.random().toString(36).slice(2, 8)}`;
    this.tabs = STREAMS.map(([stream, name]) =>
      make("button", { type: "button", role: "tab", class: "sl-tab", "data-stream": stream, "aria-controls": id }, name));
    this.level = make("select", { class: "sl-level", "aria-label": "Levels shown" },
      ...LEVELS.map(([level, name]) => make("option", { value: level }, name)));
    this.input = make("input", { type: "text", class: "sl-input", placeholder: "Search", "aria-label": "Search the log", spellcheck: "false", autocomplete: "off" });
    this.found = make("span", { class: "sl-found", role: "status", "aria-live": "polite" });
    this.regex = make("button", { type: "button", class: "sl-button sl-regex", "aria-pressed": "false", title: "Regular expression" }, ".*");
    this.previous = make("button", { type: "button", class: "sl-button sl-previous", title: "Previous (Shift+Enter)", "aria-label": "Previous match" }, "↑");
    this.next = make("button", { type: "button", class: "sl-button sl-next", title: "Next (Enter)", "aria-label": "Next match" }, "↓");
    this.collapse = make("button", { type: "button", class: "sl-button sl-collapse", title: "Show lines that repeat as one", "aria-label": "Show lines that repeat as one" }, "× n");
    this.followButton = make("button", { type: "button", class: "sl-button sl-follow", title: "Stay at the end while lines come (End)" }, "↧ Follow");
    this.downloadButton = make("button", { type: "button", class: "sl-button sl-download" }, "Download");
    const bar = make("div", { class: "sl-bar" },
      make("div", { class: "sl-tabs", role: "tablist", "aria-label": "Stream" }, ...this.tabs),
      this.level,
      make("div", { class: "sl-search", role: "search" }, this.input, this.found, this.regex, this.previous, this.next),
      make("span", { class: "sl-gap" }), this.collapse, this.followButton, this.downloadButton);
    this.rows = make("div", { class: "sl-rows" });
    this.space = make("div", { class: "sl-space" }, this.rows);
    this.viewport = make("div", { class: "sl-viewport", id, role: "log", "aria-live": "off", tabindex: "0" }, this.space);
    this.note = make("div", { class: "sl-note", role: "status" });
    this.facts = make("span", { class: "sl-facts" });
    this.path = make("code", { class: "sl-path" });
    this.root = make("div", { class: "synapse-run synapse-log", role: "region", [SHORTCUTS_OFF]: "true" },
      bar, make("div", { class: "sl-frame" }, this.viewport, this.note),
      make("div", { class: "sl-foot" }, this.facts, this.path));
    element.append(this.root);
  }

  listen() {
    this.onTail = () => this.take();
    this.onAnswer = (message, buffers) => this.answer(message, buffers);
    this.model.on("change:tail", this.onTail);
    this.model.on("msg:custom", this.onAnswer);
    this.observer = new ResizeObserver(() => this.schedule());
    this.observer.observe(this.viewport);
    this.viewport.addEventListener("scroll", () => this.scrolled());
    this.viewport.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.viewport.addEventListener("keydown", (event) => this.key(event));
    this.tabs.forEach((tab, place) => {
      tab.addEventListener("click", () => this.choose({ stream: tab.dataset.stream }));
      tab.addEventListener("keydown", (event) => this.tabKey(event, place));
    });
    this.level.addEventListener("change", () => this.choose({ level: Number(this.level.value) }));
    this.collapse.addEventListener("click", () => this.choose({ collapse: !this.choice.collapse }));
    this.followButton.addEventListener("click", () => this.setFollow(!this.follow));
    this.downloadButton.addEventListener("click", () => this.toggleDownload());
    this.input.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.startSearch(), 200);
    });
    this.input.addEventListener("keydown", (event) => this.inputKey(event));
    this.regex.addEventListener("click", () => {
      this.regex.setAttribute("aria-pressed", String(this.regex.getAttribute("aria-pressed") !== "true"));
      this.startSearch();
    });
    this.previous.addEventListener("click", () => this.go(-1));
    this.next.addEventListener("click", () => this.go(1));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "f" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.input.focus();
        this.input.select();
      }
      if (!saves(event)) event.stopPropagation();
    });
    // Before everybody else: of the notebook's shortcuts the one that saves it works in here, too.
    this.onSave = (event) => {
      if (!saves(event) || !this.root.contains(event.target)) return;
      this.root.removeAttribute(SHORTCUTS_OFF);
      setTimeout(() => this.root.setAttribute(SHORTCUTS_OFF, "true"));
    };
    window.addEventListener("keydown", this.onSave, true);
    // A page that is reloaded closes nothing.
    this.onLeave = () => this.cancelDownload();
    window.addEventListener("pagehide", this.onLeave);
  }

  close() {
    this.cancelDownload();
    this.model.off("change:tail", this.onTail);
    this.model.off("msg:custom", this.onAnswer);
    window.removeEventListener("keydown", this.onSave, true);
    window.removeEventListener("pagehide", this.onLeave);
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.typing);
    clearTimeout(this.impatient);
    clearTimeout(this.askAgain);
    this.root.remove();
  }

  // --- what comes ---

  take() {
    const tail = this.model.get("tail");
    if (!tail || !tail.rows) return;
    this.tail = tail;
    const before = this.cache.key;
    this.cache.take(tail);
    if (this.wanted !== null && tail.view !== this.wanted) {
      this.local = this.localRows();
    } else {
      const { view, stream, level, collapse } = tail;
      this.choice = { view, stream, level, collapse };
      // A row that was found in what was here is another one now.
      if (this.local && this.search) this.search.row = null;
      this.wanted = this.local = null;
    }
    if (this.cache.key !== before) {
      this.asked = null;
      this.slack();
    }
    this.drawControls();
    this.schedule();
  }

  answer(message, buffers) {
    if (message.kind === "page") {
      if (this.asked) this.slack();
      this.asked = null;
      if (`${message.view} ${message.log}` === this.cache.key) this.cache.put(message.first, message.rows);
      this.cache.forgetFarFrom(message.first);
      this.schedule();
    } else if (message.kind === "found") {
      this.takeFound(message);
    } else if (this.download && message.id === this.download.id) {
      if (message.kind === "piece") {
        this.download.parts.push(buffers[0]);
        this.download.part = message.part;
        this.drawDownload();
      } else if (message.kind === "downloaded") {
        this.finishDownload(message.error);
      }
    }
  }

  // --- what is chosen ---

  choose(change) {
    this.choice = { ...this.choice, ...change, view: 1 + Math.floor(Math.random() * 2 ** 31) };
    this.wanted = this.choice.view;
    this.local = this.localRows();
    this.follow = true;
    this.send({ kind: "view", ...this.choice });
    this.expect();
    if (this.search) Object.assign(this.search, { count: null, index: null, row: null });
    this.drawControls();
    this.schedule();
  }

  localRows() {
    const number = { stdout: 0, stderr: 1 }[this.choice.stream];
    return this.cache.inOrder().map(([, row]) => row)
      .filter((row) => row[2] >= this.choice.level && (number === undefined || row[1] === number));
  }

  get count() {
    return this.local ? this.local.length : this.cache.count;
  }

  row(place) {
    return this.local ? this.local[place] : this.cache.rows.get(place);
  }

  setFollow(follow) {
    this.follow = follow;
    this.drawControls();
    this.schedule();
  }

  // --- scrolling ---

  scrolled() {
    if (Math.abs(this.viewport.scrollTop - this.expected) < 1) return;
    const height = this.viewport.clientHeight;
    if (!height) return;
    this.moveTo((this.viewport.scrollTop * this.scale(height)) / ROW);
  }

  wheel(event) {
    const scale = this.scale(this.viewport.clientHeight);
    if (scale === 1 || event.ctrlKey || event.shiftKey || !event.deltaY) return;
    // The scroll bar is scaled; the wheel moves by rows as anywhere else.
    event.preventDefault();
    this.moveTo(this.top + (event.deltaMode ? event.deltaY : event.deltaY / ROW));
  }

  scale(height) {
    const full = this.count * ROW;
    return full > MOST_HEIGHT ? (full - height) / (MOST_HEIGHT - height) : 1;
  }

  get last() {
    return Math.max(0, this.count - this.viewport.clientHeight / ROW);
  }

  moveTo(top) {
    this.top = Math.max(0, Math.min(top, this.last));
    this.follow = this.top >= this.last - 0.5;
    this.drawControls();
    this.schedule();
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.viewport.clientHeight / ROW) - 1);
    const moves = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, " ": event.shiftKey ? -page : page };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in moves) this.moveTo(this.top + moves[event.key]);
    else if (event.key === "Home") this.moveTo(0);
    else if (event.key === "End") this.moveTo(this.last);
    else if (event.key === "/") this.input.focus();
    else if (event.key === "n" || event.key === "N") this.go(event.key === "n" ? 1 : -1);
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
  }

  leave() {
    const outer = this.root.parentElement.closest("[tabindex]");
    if (outer) outer.focus({ preventScroll: true });
    else this.viewport.blur();
  }

  tabKey(event, place) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.leave();
    if (!step) return;
    const tab = this.tabs[(place + step + this.tabs.length) % this.tabs.length];
    tab.focus();
    tab.click();
    event.preventDefault();
  }

  // --- drawing ---

  schedule() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    const count = this.count;
    this.grow(count);
    const height = this.viewport.clientHeight;
    if (!height) return; // hidden or detached for now
    if (this.follow && !this.selecting()) this.top = this.last;
    this.top = Math.max(0, Math.min(this.top, this.last));
    const scale = this.scale(height);
    this.space.style.height = `${Math.min(count * ROW, MOST_HEIGHT)}px`;
    const wanted = (this.top * ROW) / scale;
    if (Math.abs(this.viewport.scrollTop - wanted) >= 1) this.viewport.scrollTop = wanted;
    this.expected = this.viewport.scrollTop;
    const visible = Math.min(Math.ceil(height / ROW) + 1, MOST_ROWS - 2 * OVERSCAN);
    const first = Math.max(0, Math.floor(this.top) - OVERSCAN);
    const end = Math.min(count, Math.floor(this.top) + visible + OVERSCAN);
    const size = visible + 2 * OVERSCAN;
    while (this.pool.length < size) this.pool.push(this.slot());
    while (this.pool.length > size) this.pool.pop().element.remove();
    const shift = scale === 1 ? 0 : this.expected - this.top * ROW;
    const used = new Set();
    for (let place = first; place < end; place += 1) {
      const slot = this.pool[place % size];
      used.add(slot);
      slot.element.style.transform = `translateY(${place * ROW + shift}px)`;
      this.fill(slot, place);
    }
    for (const slot of this.pool) slot.element.hidden = !used.has(slot);
    this.drawNote(count);
    this.ask(first, end);
  }

  // A short log has a short view; it never shrinks while one looks.
  grow(count) {
    const tall = Math.max(this.tall, Math.min(MOST_TALL, count * ROW + 2));
    const ours = !this.viewport.style.height || this.viewport.style.height === `${this.tall}px`;
    if (!ours || (tall === this.tall && this.viewport.style.height)) return;
    this.tall = tall;
    this.viewport.style.height = `${tall}px`;
  }

  slot() {
    const number = make("span", { class: "sl-number" });
    const text = make("span", { class: "sl-text" });
    const times = make("span", { class: "sl-times" });
    const element = make("div", { class: "sl-row" }, number, text, times);
    this.rows.append(element);
    return { element, number, text, times, row: null, marks: -1 };
  }

  fill(slot, place) {
    const row = this.row(place) ?? null;
    slot.element.classList.toggle("sl-current", this.search?.row === place);
    if (row !== null && slot.row === row && slot.marks === this.marks) return;
    slot.row = row;
    slot.marks = this.marks;
    slot.element.dataset.row = place;
    if (row === null) {
      slot.element.removeAttribute("data-line");
      slot.element.dataset.level = "info";
      slot.number.textContent = "";
      slot.text.replaceChildren("…");
      slot.times.textContent = "";
      return;
    }
    slot.element.dataset.line = row[0];
    slot.element.dataset.level = LEVEL_NAMES[row[2]];
    slot.element.dataset.stream = row[1] ? "stderr" : "stdout";
    slot.number.textContent = row[0];
    slot.times.textContent = row[3] > 1 ? `× ${wholeNumber(row[3])}` : "";
    slot.times.title = row[3] > 1 ? `${wholeNumber(row[3])} lines that are equal` : "";
    slot.text.replaceChildren(...this.nodes(row));
  }

  // The spans of a row, cut where a match begins or ends.
  nodes(row) {
    const matches = this.search?.pattern ? this.matches(textOf(row)) : [];
    const nodes = [];
    let place = 0;
    for (const span of row.slice(4)) {
      const plain = typeof span === "string";
      const text = plain ? span : span[0];
      const pieces = [];
      for (let at = 0; at < text.length;) {
        const match = matches.find((one) => one[1] > place + at);
        const inside = match && match[0] <= place + at;
        const until = match ? Math.min(text.length, (inside ? match[1] : match[0]) - place) : text.length;
        const piece = text.slice(at, until);
        pieces.push(inside ? make("mark", { class: "sl-mark" }, piece) : piece);
        at = until;
      }
      place += text.length;
      if (plain) {
        nodes.push(...pieces);
      } else {
        const element = make("span", { class: span[1] }, ...pieces);
        if (span[2]) element.style.setProperty("--sr-f", span[2]);
        if (span[3]) element.style.setProperty("--sr-b", span[3]);
        nodes.push(element);
      }
    }
    return nodes;
  }

  matches(text) {
    const found = [];
    const begin = performance.now();
    for (const match of text.matchAll(this.search.pattern)) {
      if (match[0]) found.push([match.index, match.index + match[0].length]);
      if (found.length >= 100 || (this.search.accepted && performance.now() - begin > LONGEST_LOOK)) break;
    }
    // Its rows are still found by Python; only the marks are missing.
    if (this.search.accepted && performance.now() - begin > LONGEST_LOOK) this.search.pattern = null;
    return found;
  }

  selecting() {
    const selection = document.getSelection();
    return Boolean(selection && !selection.isCollapsed && this.viewport.contains(selection.anchorNode));
  }

  drawControls() {
    const { stream, level, collapse } = this.choice;
    this.root.dataset.stream = stream;
    this.root.dataset.levels = LEVEL_NAMES[level];
    this.root.dataset.follow = this.follow;
    for (const tab of this.tabs) {
      const selected = tab.dataset.stream === stream;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
    }
    this.level.value = level;
    this.collapse.setAttribute("aria-pressed", String(collapse));
    this.followButton.setAttribute("aria-pressed", String(this.follow));
    const { title = "", lines = 0, size: bytes = 0, looked = 1, ended, paths = [] } = this.tail;
    this.root.setAttribute("aria-label", title ? `Log of ${title}` : "Log");
    this.viewport.setAttribute("aria-label", title ? `Lines of the log of ${title}` : "Lines of the log");
    this.root.style.setProperty("--sl-digits", Math.max(3, String(lines + 1).length));
    const facts = [`${wholeNumber(lines)} ${lines === 1 ? "line" : "lines"}`, size(bytes)];
    if (looked < 1) facts.push(`reading, ${Math.round(looked * 100)} %`);
    else if (this.local) facts.push("showing what is here");
    else if (this.count !== lines && Math.abs(this.count - lines) > 2) facts.push(`${wholeNumber(this.count)} shown`);
    facts.push(this.gone ? "no kernel" : ended ? "ended" : "live");
    this.root.dataset.live = String(!ended && !this.gone);
    this.facts.textContent = facts.join(" · ");
    // Both lie in one folder, which is said once.
    this.path.textContent = paths.map((path, place) => (place ? path.split("/").at(-1) : path)).join(" · ");
    this.path.title = paths.join("\n");
    this.drawFound();
    this.drawDownload();
  }

  drawNote(count) {
    let text = this.gone ? "Its kernel is gone: these are the lines that are here." : this.waitingText ?? "";
    if (!text && !count) {
      text = this.choice.level || this.local ? "No such lines." : "No output yet.";
    }
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  // --- asking ---

  ask(first, end) {
    if (this.local || this.asked || this.gone) return;
    let begin = first;
    while (begin < end && this.cache.rows.has(begin)) begin += 1;
    while (end > begin && this.cache.rows.has(end - 1)) end -= 1;
    if (begin >= end) return;
    // Somewhat more than is seen: the next movement finds it here.
    begin = Math.max(0, begin - OVERSCAN);
    this.asked = { begin, end };
    this.send({ kind: "page", view: this.tail.view, log: this.tail.log, first: begin, count: end - begin + 2 * OVERSCAN });
    this.expect();
    clearTimeout(this.askAgain);
    this.askAgain = setTimeout(() => {
      this.asked = null;
      this.schedule();
    }, ASK_AGAIN);
  }

  send(message) {
    try {
      this.model.send(message);
    } catch {
      // The kernel was restarted, or there is none: what is here can still be read.
      this.gone = true;
      this.drawControls();
    }
  }

  expect() {
    if (this.gone) return;
    clearTimeout(this.impatient);
    this.impatient = setTimeout(() => {
      this.waitingText = "Loading when the kernel is free: it answers when the running cell has ended.";
      this.drawNote(this.count);
    }, PATIENCE);
  }

  slack() {
    clearTimeout(this.impatient);
    this.waitingText = "";
    this.drawNote(this.count);
  }

  // --- searching ---

  startSearch() {
    clearTimeout(this.typing);
    const text = this.input.value;
    const regex = this.regex.getAttribute("aria-pressed") === "true";
    // Nothing stops a pattern that takes forever: Python judges it before it is used here.
    const plain = !regex || escaped(text) === text;
    const pattern = text && plain ? new RegExp(escaped(text), "gi") : null;
    const id = (numbers += 1);
    this.search = text ? { id, text, regex, pattern, count: null, index: null, row: null, done: false, error: "" } : null;
    this.marks += 1;
    this.send({ kind: "search", id, text, regex, near: Math.floor(this.top), direction: 0 });
    this.drawFound();
    this.schedule();
  }

  takeFound(message) {
    const search = this.search;
    if (!search || message.id !== search.id) return;
    search.count = message.count;
    search.done = message.done;
    search.full = message.full;
    search.error = message.error;
    if (search.regex && !search.error && !search.accepted) {
      search.accepted = true;
      search.pattern ??= patternOf(search.text);
      this.marks += 1;
    }
    if (message.row !== null && `${message.view} ${message.log}` === this.cache.key) {
      search.index = message.index;
      this.reveal(message.row);
    }
    this.drawFound();
    this.schedule();
  }

  reveal(place) {
    this.search.row = place;
    const rows = this.viewport.clientHeight / ROW;
    if (place < this.top || place > this.top + rows - 1) this.moveTo(place - rows / 2);
    else this.follow = false;
    this.drawControls();
  }

  go(direction) {
    const search = this.search;
    if (!search) return;
    const near = search.row ?? Math.floor(this.top);
    if (search.count !== null && !this.local && !this.gone) {
      this.send({ kind: "hit", id: search.id, near, direction });
      return;
    }
    const here = this.hitsHere();
    if (!here.length) return;
    const after = here.filter((place) => (direction > 0 ? place > near : place < near));
    this.reveal(direction > 0 ? after[0] ?? here[0] : after.at(-1) ?? here.at(-1));
    this.schedule();
  }

  hitsHere() {
    if (!this.search?.pattern) return [];
    const rows = this.local ? [...this.local.entries()] : this.cache.inOrder();
    const found = [];
    for (const [place, row] of rows) {
      const begin = performance.now();
      if (textOf(row).search(this.search.pattern) >= 0) found.push(place);
      if (this.search.accepted && performance.now() - begin > LONGEST_LOOK) {
        this.search.pattern = null;
        break;
      }
    }
    return found;
  }

  drawFound() {
    const search = this.search;
    let text = "";
    if (search?.error) text = "not a pattern";
    else if (search && search.count === null && !search.pattern) text = "…";
    else if (search && search.count === null) text = `${wholeNumber(this.hitsHere().length)} here`;
    else if (search && !search.count) text = search.done ? "none" : "…";
    else if (search) {
      const count = `${wholeNumber(search.count)}${search.done && !search.full ? "" : "+"}`;
      text = search.index === null ? count : `${wholeNumber(search.index + 1)} of ${count}`;
    }
    if (this.found.textContent !== text) this.found.textContent = text;
    this.found.title = search?.error ?? "";
    this.input.setAttribute("aria-invalid", String(Boolean(search?.error)));
    this.previous.disabled = this.next.disabled = !search;
  }

  inputKey(event) {
    if (event.key === "Enter") {
      if (this.search?.text === this.input.value) this.go(event.shiftKey ? -1 : 1);
      else this.startSearch();
    } else if (event.key === "Escape") {
      this.input.value = "";
      this.startSearch();
      this.viewport.focus({ preventScroll: true });
    }
  }

  // --- downloading ---

  toggleDownload() {
    if (this.gone) return;
    if (this.download) {
      this.cancelDownload();
    } else {
      // Another number than that of any other page, which may have left its download behind.
      this.download = { id: 1 + Math.floor(Math.random() * 2 ** 31), parts: [], part: 0, stream: this.choice.stream };
      this.send({ kind: "download", id: this.download.id, stream: this.choice.stream });
    }
    this.drawDownload();
  }

  // Else the kernel goes on to pack what nobody takes.
  cancelDownload() {
    if (!this.download) return;
    const { id } = this.download;
    this.download = null;
    this.send({ kind: "cancel", id });
    this.drawDownload();
  }

  drawDownload() {
    const { download } = this;
    this.downloadButton.textContent = download ? `Cancel (${Math.round(download.part * 100)} %)` : "Download";
    this.downloadButton.title = download ? "Cancel the download" : "Download the whole log of this tab";
  }

  async finishDownload(error) {
    const { parts, stream } = this.download;
    this.download = null;
    this.drawDownload();
    if (error) return;
    const name = `${this.tail.title || "log"}-${stream}.log`.replace(/[^\w.-]+/g, "_");
    const packed = new Blob(parts, { type: "application/gzip" });
    if (typeof DecompressionStream === "undefined") {
      save(packed, `${name}.gz`);
      return;
    }
    const plain = packed.stream().pipeThrough(new DecompressionStream("gzip"));
    save(await new Response(plain, { headers: { "content-type": "text/plain" } }).blob(), name);
  }
}

// A pattern that Python has accepted; null where it means something else here, or nothing.
function patternOf(text) {
  if (/\[\^?\]/.test(text)) return null;
  try {
    return new RegExp(text, "gi");
  } catch {
    return null;
  }
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function render({ model, el }) {
  const list = new LogList(model, el);
  return () => list.close();
}

export default { render };
