"""Chromium without a screen: how a page lies on a screen of some width, and whether all of it can be read."""

import html
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.need import need

# The page stands in a frame as wide as the screen; the script outside of it measures. A page of ours holds no script.
_MEASURE = """
<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
<iframe id="f" srcdoc="PAGE" width="WIDTH" height="900" style="border:0"></iframe><pre id="o"></pre>
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
document.getElementById("f").onload = () => {
  const d = document.getElementById("f").contentDocument, texts = [];
  const walk = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.textContent.trim(), e = walk.currentNode.parentElement;
    if (!words || !e.getClientRects().length) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
    const box = e.getBoundingClientRect();
    texts.push([words.slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
                parseFloat(getComputedStyle(e).fontSize), Math.ceil(box.right)]);
  }
  const taps = [...d.querySelectorAll("td > a:only-child")].map(a => a.parentElement.getBoundingClientRect().height);
  document.getElementById("o").textContent = "MEASURED" + JSON.stringify({
    width: d.documentElement.scrollWidth, ground: ground(d.body), texts: texts, taps: taps}) + "END";
};
</script>
"""
_SCHEME = {True: "0", False: "1"}  # dark, light: blink::mojom::PreferredColorScheme


@dataclass(frozen=True)
class Screen:
    """What was measured."""

    width: int  # of the page, over which a reader would have to scroll sideways
    ground: list[float]
    texts: list[tuple[str, float, float, int]]  # words, contrast, size, right edge
    taps: list[float]  # heights of the buttons


def look(page: str, folder: Path, *, width: int, dark: bool = False) -> Screen:
    """Show a page, and measure it."""
    file = folder / f"page-{width}-{dark}.html"
    file.write_text(_MEASURE.replace("WIDTH", str(width)).replace("PAGE", html.escape(page)), "utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}/profile")
    scheme = f"--blink-settings=preferredColorScheme={_SCHEME[dark]}"
    command = [need("chromium"), *options, scheme, "--window-size=900,900", "--dump-dom", file.as_uri()]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = re.search("MEASURED(.*)END", ran.stdout)
    assert found, ran.stderr
    values: dict[str, Any] = json.loads(html.unescape(found[1]))
    return Screen(**values)
