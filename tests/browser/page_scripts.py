"""What tests ask a page: pieces of JavaScript, and the frames that its web sockets received."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

RECORD = """
([live, steps, stepName, status, header, log, needles]) => {
  const seen = {run: [], steps: {}, lines: {}};
  const add = (list, word) => { if (word && list.at(-1) !== word) list.push(word); };
  const words = (root, what) => root.querySelector(what)?.textContent.trim() ?? "";
  const look = () => {
    for (const root of document.querySelectorAll(live)) {
      const now = {};
      add(seen.run, words(root, header));
      for (const row of root.querySelectorAll(steps)) {
        const name = words(row, stepName);
        now[name] = words(row, status);
        add(seen.steps[name] ??= [], now[name]);
      }
      const text = words(root, log);
      for (const needle of needles) {
        if (!(needle in seen.lines) && text.includes(needle)) seen.lines[needle] = now;
      }
    }
  };
  new MutationObserver(look).observe(
    document.body, {subtree: true, childList: true, characterData: true});
  window.seenByUser = seen;
}
"""
"""Write down the statuses in order of sight, and how they are when a line is seen first."""

DELAYS = """
(log) => {
  const seen = new Map();
  const look = () => {
    const shown = document.querySelector(log)?.textContent ?? "";
    for (const [text] of shown.matchAll(/clock \\d+\\.\\d{3}/g)) {
      if (!seen.has(text)) seen.set(text, Date.now() - 1000 * Number(text.slice(6)));
    }
  };
  new MutationObserver(look).observe(
    document.body, {subtree: true, childList: true, characterData: true});
  window.delaysSeen = () => [...seen.values()];
}
"""
"""Write down how old lines such as ``clock 1700000000.123`` are at first sight: milliseconds."""

CONTRASTS = """
(root) => {
  const context = Object.assign(document.createElement("canvas"), {width: 1, height: 1})
    .getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, alpha, below) => below.map((part, i) => top[i] * alpha + part * (1 - alpha));
  const parent = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  // From the page's own white up to the element: backgrounds and opacities, one over the other.
  const surface = (node) => {
    const chain = [];
    for (let at = node; at; at = parent(at)) chain.unshift(at);
    let colour = [255, 255, 255], opacity = 1;
    for (const at of chain) {
      const style = getComputedStyle(at);
      opacity *= Number(style.opacity);
      const back = rgba(style.backgroundColor);
      colour = over(back, back[3] * opacity, colour);
    }
    return [colour, opacity];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const node of [root, ...root.querySelectorAll("*")]) {
    const own = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE)
      .map((child) => child.textContent.trim()).join(" ").trim();
    if (!own || node.tagName === "STYLE" || !node.getClientRects().length) continue;
    if (node.closest("select") && node.tagName === "OPTION") continue;
    if (node.matches(":disabled")) continue;  // no contrast is asked of what cannot be used
    const style = getComputedStyle(node);
    if (style.clipPath !== "none") continue;  // for screen readers only
    const [back, opacity] = surface(node);
    const text = rgba(node instanceof SVGElement ? style.fill : style.color);
    const front = over(text, text[3] * opacity, back);
    const [dark, bright] = [light(front), light(back)].sort((a, b) => a - b);
    found.push({
      what: `${node.tagName} ${node.getAttribute("class") ?? ""}: ${own.slice(0, 40)}`,
      ratio: Math.round(100 * (bright + 0.05) / (dark + 0.05)) / 100,
    });
  }
  return found;
}
"""
"""The contrast of each text in an element with what lies behind it, as WCAG 2 counts it."""

CONTROLS = """
(root) => {
  const look = (node) => {
    const style = getComputedStyle(node);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
            style.borderColor, style.backgroundColor].join("|");
  };
  const all = [...root.querySelectorAll(
    "a[href], button, input, select, summary, textarea, [tabindex]")];
  const usable = all.filter(
    (node) => node.checkVisibility() && !node.disabled && node.tabIndex >= 0);
  window.controlsOfView = usable;
  window.looksOfView = usable.map(look);
  window.lookOfControl = look;
  return usable.map((node) => (
    node.getAttribute("aria-label") || node.textContent.trim() || node.title || node.tagName
  ).slice(0, 40));
}
"""
"""The names of the controls of an element in the order of the page; they are kept for FOCUSED."""

FOCUSED = """
() => {
  const focused = document.activeElement;
  const place = window.controlsOfView.indexOf(focused);
  if (place < 0) return null;
  return {place, visible: window.lookOfControl(focused) !== window.looksOfView[place]};
}
"""
"""Which of the controls has the focus, and whether it looks different from before."""

NODES = "(root) => root.querySelectorAll('*').length"


@dataclass
class Traffic:
    """What came from kernels to the page through web sockets."""

    frames: list[tuple[float, str, int]] = field(default_factory=list)
    """When, of which type, how many bytes."""

    def listen(self, page):
        """Begin to count."""
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, frame):
        self.frames.append((time.monotonic(), _message_type(frame), len(frame)))

    def rates(self, begin, end, kind="comm_msg"):
        """Return messages and bytes per second of a kind between two moments."""
        sizes = [
            size for moment, name, size in self.frames if begin <= moment < end and name == kind
        ]
        seconds = end - begin
        return len(sizes) / seconds, sum(sizes) / seconds


def _message_type(frame):
    if isinstance(frame, str):
        return json.loads(frame).get("header", {}).get("msg_type", "")
    # v1.kernel.websocket.jupyter.org: offsets, the channel, header, parent, metadata, content.
    count = int.from_bytes(frame[:8], "little")
    first = [int.from_bytes(frame[8 * place : 8 * place + 8], "little") for place in range(1, 4)]
    return json.loads(frame[first[1] : first[2]])["msg_type"] if count > 2 else ""
