"""Chromium without a screen: how a page lies on a screen of some width, and whether all of it can be read."""

import html
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.need import need

# Each page stands in a frame as wide as a screen; the script outside of it measures. A page of ours holds no script.
_MEASURE = """
<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
FRAMES<pre id="o"></pre>
<script>
const linear = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); };
const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
const parse = s => (s.match(/[0-9.]+/g) || []).map(Number);
function ground(e) {
  for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c;
  }
  return [255, 255, 255];
}
function measure(frame) {
  const d = frame.contentDocument, texts = [];
  const walk = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.textContent.trim(), e = walk.currentNode.parentElement;
    if (!words || !e.getClientRects().length) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
    const box = e.getBoundingClientRect();
    texts.push([words.slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
                parseFloat(getComputedStyle(e).fontSize), Math.ceil(box.right), e.getClientRects().length]);
  }
  const taps = [...d.querySelectorAll("td > a:only-child")].map(a => a.parentElement.getBoundingClientRect().height);
  return {width: d.documentElement.scrollWidth, ground: ground(d.body), texts: texts, taps: taps};
}
window.onload = () => {
  const found = [...document.querySelectorAll("iframe")].map(measure);
  document.getElementById("o").textContent = "MEASURED" + JSON.stringify(found) + "END";
};
</script>
"""
_SCHEME = {True: "0", False: "1"}  # dark, light: blink::mojom::PreferredColorScheme


@dataclass(frozen=True)
class Screen:
    """What was measured."""

    width: int  # of the page, over which a reader would have to scroll sideways
    ground: list[float]
    texts: list[tuple[str, float, float, int, int]]  # words, contrast, size, right edge, lines
    taps: list[float]  # heights of the buttons


def look(pages: Mapping[str, str], folder: Path, *, width: int, dark: bool = False) -> dict[str, Screen]:
    """Show pages, and measure each."""
    file = folder / f"pages-{width}-{dark}.html"
    frame = f'<iframe width="{width}" height="900" style="border:0" srcdoc="'
    frames = "".join(f'{frame}{html.escape(page)}"></iframe>' for page in pages.values())
    file.write_text(_MEASURE.replace("FRAMES", frames), "utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}/profile")
    scheme = f"--blink-settings=preferredColorScheme={_SCHEME[dark]}"
    command = [need("chromium"), *options, scheme, "--window-size=900,900", "--dump-dom", file.as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=100)
    found = re.search("MEASURED(.*)END", ran.stdout)
    assert found, ran.stderr
    screens: list[dict[str, Any]] = json.loads(html.unescape(found[1]))
    return {name: Screen(**values) for name, values in zip(pages, screens, strict=True)}
