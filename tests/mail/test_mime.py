"""Taking messages apart."""

from __future__ import annotations

import pytest

from router.mail.mime import DEPTH_CAP, PARTS_CAP, parameterized, read_structure


def multipart(*parts: bytes, boundary: bytes = b"b", kind: bytes = b"mixed", close: bytes = b"--b--\r\n") -> bytes:
    inner = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n' + inner + close


def test_the_leaves_come_in_order_with_their_containers():
    """The order of parts is the order in which they are shown."""
    raw = multipart(b"\r\none", b"Content-Type: text/html\r\n\r\n<p>two", b"Content-Type: IMAGE/Png\r\n\r\n\x89")

    found = read_structure(raw)

    assert found.types == ["multipart/mixed", "text/plain", "text/html", "image/png"]
    assert [part.payload for part in found.parts] == [b"one", b"<p>two", b"\x89"]
    assert not found.defects


def test_an_inner_boundary_may_begin_with_the_outer_one():
    """A whole line is the delimiter, not its beginning."""
    inner = b'Content-Type: multipart/mixed; boundary="bb"\r\n\r\n--bb\r\n\r\none\r\n--bb--'

    assert [part.payload for part in read_structure(multipart(inner, b"\r\ntwo")).parts] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("raw", "payloads", "defect"),
    [
        # cut off on the way
        (multipart(b"\r\none", close=b""), [b"one\r\n"], "not-closed"),
        # declared, and not there
        (multipart(b"\r\none", boundary=b"other"), [b"--b\r\n\r\none\r\n--b--\r\n"], "no-parts"),
        (b"Content-Type: multipart/mixed\r\n\r\ntext", [b"text"], "no-boundary"),
    ],
)
def test_a_broken_container_gives_what_is_there(raw, payloads, defect):
    """The customer's words are in there, whatever the program did around them."""
    found = read_structure(raw)

    assert [part.payload for part in found.parts] == payloads
    assert list(found.defects) == [defect]


def test_two_delimiters_in_a_row_hold_nothing():
    """Some programs write each delimiter twice."""
    assert [part.payload for part in read_structure(multipart(b"--b\r\n\r\none")).parts] == [b"one"]


def test_what_is_called_base64_and_is_not_is_text():
    """A gateway that rewrites the type and forgets the encoding must not cost the words."""
    raw = b"Content-Transfer-Encoding: base64\n\nPlease call me back, I am waiting."

    assert read_structure(raw).parts[0].data() == b"Please call me back, I am waiting."


def test_a_message_inside_is_not_opened():
    """What somebody else said is not what this message says."""
    raw = multipart(b"\r\nlook", b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nforwarded")

    assert read_structure(raw).types == ["multipart/mixed", "text/plain", "message/rfc822"]


def test_depth_and_number_are_capped():
    """1,500 containers in each other broke the standard parser."""
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(1_500))
    wide = multipart(*[b"\r\nx"] * (PARTS_CAP + 100))

    assert "too-deep" in read_structure(deep + b"\nx").defects
    assert len(read_structure(deep + b"\nx").types) == DEPTH_CAP + 1
    assert "too-many-parts" in read_structure(wide).defects


@pytest.mark.parametrize(
    ("value", "first", "parameters"),
    [
        (b"text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'a; b="c;\\"d"; E = f', "a", {"b": 'c;"d', "e": "f"}),
        # extended and continued values (RFC 2231)
        (b"a; filename*=utf-8''%C3%BC.pdf", "a", {"filename": "ü.pdf"}),
        (b"a; filename*0*=utf-8''%C3; filename*1*=%BC; filename*2=.pdf", "a", {"filename": "ü.pdf"}),
        (b'a; filename*1="b"; filename*0="a"', "a", {"filename": "ab"}),
        # the extended one is better than the plain one beside it
        (b"a; filename=u.pdf; filename*=utf-8''%C3%BC.pdf", "a", {"filename": "ü.pdf"}),
        # encoded words, which are not allowed there and usual
        (b'a; name="=?utf-8?q?=C3=BC.pdf?="', "a", {"name": "ü.pdf"}),
        # the values the standard library raises on
        (b"a; name*", "a", {}),
        (b"a; name*x=1", "a", {}),
        (b"a; name*99999999999=1", "a", {}),
        (b"a; name*=x", "a", {"name": "x"}),
        (b'a; b="', "a", {"b": ""}),
        (b"", "", {}),
    ],
)
def test_parameters_are_read(value, first, parameters):
    """File names and charsets hang on them."""
    assert parameterized(value) == (first, parameters)
