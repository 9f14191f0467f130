"""HTML as lines."""

from __future__ import annotations

import pytest

from router.mail.text.html import SOURCE_CAP, TAME_FROM, html_lines
from router.mail.text.lines import Mark


def text(source: str) -> str:
    return "\n".join(html_lines(source).texts).strip("\n")


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        # lines and paragraphs
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb"),
        ("a\n  b&nbsp;c", "a b c"),
        ("a <b> b </b> c", "a b c"),
        ("a<b>b</b>c", "abc"),
        ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
        ("<ul><li>a<li>b</ul>c", "- a\n- b\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a b\nc"),
        ("<h1>a</h1>b<hr>c", "a\n\nb\nc"),
        # what is no text
        ("a<script>evil()</script>b<style>p{}</style>c", "abc"),
        ("<head><title>x</title></head>a", "a"),
        ("a<!-- b -->c<!--[if mso]>d<![endif]-->", "ac"),
        ("a<!-- never closed", "a"),
        ("a<b", "a"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        # entities, and characters that nobody sees
        ("&#8364;&euro;&#0;&#" + "9" * 5_000 + ";", "€€\ufffd\ufffd"),
        ("Gr&uuml;&szlig;e", "Grüße"),
        ("&#27;[31m&#x202e;a&shy;b&#8203;c&zwnj;", "[31mabc\u200c"),
        # links and pictures
        ('<a href="https://x.example/">here</a><img src=x alt="Logo">', "here"),
        ('<img src=x alt="😀">', "😀"),
        # hidden
        ('<div style="display:none">preview</div>a', "a"),
        ('<div style="Display: None !important">preview</div>a', "a"),
        ('<span style="mso-hide:all">x</span>a', "a"),
        ('<span style="font-size:1px;line-height:1px;color:#ffffff">preview</span>a', "a"),
        ('<div style="max-height:0;overflow:hidden">preview</div>a', "a"),
        ("<p hidden>x</p>a", "a"),
        # shown: outer cells of newsletters have no size, a white text may stand on a dark ground
        ('<td style="font-size:0px"><div style="font-size:14px">a</div></td>', "a"),
        ('<div style="color:#ffffff;background:#000">a</div>', "a"),
        ('<div style="opacity:0.9">a</div>', "a"),
        # hidden from top to bottom is a style that we do not understand
        ('<body style="display:none">a</body>', "a"),
        ("", ""),
    ],
)
def test_html_becomes_lines(source, wanted):
    """What a reader sees, without what controls a terminal."""
    assert text(source) == wanted


def test_quotes_have_a_depth_and_programs_leave_marks():
    """The splitter needs both."""
    lines = html_lines(
        "a<blockquote>b<blockquote>c</blockquote></blockquote>&gt;&gt; d<div class=moz-cite-prefix>e</div>"
        "<div class=gmail_signature>f</div><div id=appendonsend></div>g"
    )
    found = [(line, depth) for line, depth in zip(lines.texts, lines.depths, strict=True) if line]

    assert found == [("a", 0), ("b", 1), ("c", 2), ("d", 2), ("e", 0), ("f", 0), ("g", 0)]
    assert {lines.texts[number]: mark for number, mark in lines.marks.items()} == {
        "e": Mark.ATTRIBUTION,
        "f": Mark.SIGNATURE,
        "g": Mark.CUT,
    }


def test_large_html_is_tamed_and_says_the_same():
    """Attributes that nobody needs are left out of it, and nothing else."""
    row = '<div data-x="1" class="row" style="color:red">Line &amp; <b>word</b></div>\n'
    source = row * 1_500 + "<blockquote type='cite' class=gmail_quote>quoted</blockquote><p style='display:none'>x</p>"
    assert TAME_FROM < len(source) < SOURCE_CAP

    lines = html_lines(source)

    assert lines.texts[0] == "Line & word"
    assert lines.texts.count("Line & word") == 1_500
    assert [line for line, depth in zip(lines.texts, lines.depths, strict=True) if depth and line] == ["quoted"]
    assert "x" not in lines.texts


def test_a_bomb_loses_its_tags_and_keeps_its_words():
    """A hundred thousand open elements take the parser seconds; their words are what counts."""
    assert "end" in text("<div>" * 50_000 + "end")
