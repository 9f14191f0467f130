"""How long to rest after failures in a row: twice as long each time, up to a limit. Pure."""

Span = tuple[float, float]  # seconds: first, longest


def pause(span: Span, times: int) -> float:
    """Seconds to rest after so many failures in a row, from 1."""
    return min(span[0] * 2.0 ** min(times - 1, 20), span[1])
