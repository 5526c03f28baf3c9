"""The metrics of a step: numbers, small charts of what was logged repeatedly, and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from synapse_magics.widgets._style import escape
from synapse_magics.widgets._words import one_line, render_metric

if TYPE_CHECKING:
    from synapse_magics.store.run_state import StepState

MAX_METRICS = 60
_MAX_CHARTS = 24
_MAX_ROWS, _MAX_COLUMNS = 20, 12
_FEWEST = 3
"""So many numbers in a column of a table are a chart."""

_WIDTH, _HEIGHT, _EDGE = 220.0, 44.0, 3.0
_POINTS = 110
_LONGEST_NAME = 80


def render_metrics(step: StepState, *, limit: int = MAX_METRICS) -> str:
    """Return the metrics of a step as numbers, small line charts and tables.

    Parameters
    ----------
    step : StepState
    limit : int, optional
        So many of them are shown.

    Returns
    -------
    str
        HTML; empty if it has none.
    """
    if not step.metrics:
        return ""
    cards: list[str] = []
    tables: list[str] = []
    for name, value in list(step.metrics.items())[:limit]:
        if isinstance(value, Mapping):
            matrix = _confusion(value)
            columns = matrix or _columns(value)
            charts = [] if matrix else _charts(name, columns)
            cards += charts
            tables.append(_table(name, columns, folded=bool(charts)))
        elif _is_series(value):
            cards.append(_chart(name, value))
        else:
            cards.append(_number(name, value))
    left = len(step.metrics) - limit
    more = f'<p class="sr-muted">{left:,} more metrics</p>' if left > 0 else ""
    grid = f'<div class="sr-cards">{"".join(cards)}</div>' if cards else ""
    return f'<div class="sr-metrics">{grid}{"".join(tables)}{more}</div>'


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_series(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 1 and all(map(_is_number, value))


def _number(name: str, value: Any) -> str:
    return (
        f'<div class="sr-card"><p class="sr-muted">{_name(name)}</p>'
        f'<p class="sr-value">{escape(render_metric(value))}</p></div>'
    )


def _name(name: object) -> str:
    text = one_line(name)
    return escape(text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…")


def _charts(name: str, columns: Mapping[str, Sequence[Any]]) -> list[str]:
    return [
        _chart(f"{name} · {column}", values)
        for column, values in columns.items()
        if len(values) >= _FEWEST and all(map(_is_number, values)) and not _counts(values)
    ][:_MAX_CHARTS]


def _counts(values: Sequence[float]) -> bool:
    """Tell whether a column only numbers the rows."""
    return all(later - one == 1 for one, later in pairwise(map(_float, values)))


def _chart(name: str, values: Sequence[float]) -> str:
    numbers = [_float(value) for value in values]
    finite = [number for number in numbers if math.isfinite(number)]
    low, high = (min(finite), max(finite)) if finite else (math.nan, math.nan)
    words = f"{len(numbers):,} values, min {_say(low)}, max {_say(high)}"
    return (
        f'<div class="sr-card"><p class="sr-muted">{_name(name)}</p>'
        f'<svg class="sr-chart" role="img" aria-label="{escape(words)}" width="{_WIDTH:g}"'
        f' height="{_HEIGHT:g}" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}">{_line(numbers, low, high)}'
        f'</svg><p><span class="sr-value">{escape(_say(numbers[-1]))}</span>'
        f'<span class="sr-muted"> last of {escape(words)}</span></p></div>'
    )


def _say(number: float) -> str:
    return str(render_metric(number)) if math.isfinite(number) else str(number)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a very long whole number
        return math.inf if value > 0 else -math.inf


def _line(numbers: Sequence[float], low: float, high: float) -> str:
    path, pen = [], "M"
    last: tuple[float, float] | None = None
    count = max(1, len(numbers) - 1)
    span = high - low
    for place, number in _thinned(numbers):
        if not math.isfinite(number):
            pen = "M"  # a gap
            continue
        part = (number - low) / span if span and math.isfinite(span) else 0.5
        x = _EDGE + (_WIDTH - 2 * _EDGE) * place / count
        y = _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * part
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen, last = "L", (x, y)
    if last is None:
        return ""
    return (
        f'<path class="sr-curve" d="{"".join(path)}" fill="none" stroke="#2f7de1"/>'
        f'<circle class="sr-last" cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="2.5" fill="#2f7de1"/>'
    )


def _thinned(numbers: Sequence[float]) -> list[tuple[int, float]]:
    """Return so many points as can be told apart: of each part its least and its greatest."""
    pairs = list(enumerate(numbers))
    size = math.ceil(len(pairs) / _POINTS)
    if size <= 2:
        return pairs
    kept = {0, len(pairs) - 1}
    for start in range(0, len(pairs), size):
        known = [pair for pair in pairs[start : start + size] if math.isfinite(pair[1])]
        chosen = known or pairs[start : start + 1]
        kept.update(find(chosen, key=lambda pair: pair[1])[0] for find in (min, max))
    return [pairs[place] for place in sorted(kept)]


def _columns(value: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        str(name): list(cells) if isinstance(cells, (list, tuple)) else [cells]
        for name, cells in value.items()
    }


def _confusion(value: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    """Return Azure ML's layout of a confusion matrix as a table: a row for each true class."""
    data = value.get("data")
    if value.get("schema_type") != "confusion_matrix" or not isinstance(data, Mapping):
        return None
    labels, matrix = data.get("class_labels"), data.get("matrix")
    if not isinstance(labels, list) or not isinstance(matrix, list):
        return None
    if not all(isinstance(row, list) for row in matrix):
        return None
    width = max(map(len, matrix), default=0)
    return {
        "true \\ predicted": labels,
        **{
            str(labels[place]) if place < len(labels) else str(place): [
                row[place] if place < len(row) else "" for row in matrix
            ]
            for place in range(width)
        },
    }


def _table(name: str, columns: Mapping[str, Sequence[Any]], *, folded: bool) -> str:
    shown = dict(list(columns.items())[:_MAX_COLUMNS])
    count = max(map(len, columns.values()), default=0)
    head = "".join(f'<th scope="col">{_name(column)}</th>' for column in shown)
    rows = "".join(
        "<tr>" + "".join(_cell(cells, place) for cells in shown.values()) + "</tr>"
        for place in range(min(count, _MAX_ROWS))
    )
    left = [
        f"{count - _MAX_ROWS:,} more rows" if count > _MAX_ROWS else "",
        f"{len(columns) - len(shown):,} more columns" if len(columns) > len(shown) else "",
    ]
    words = ", ".join(filter(None, left))
    body = (
        f'<div class="sr-table"><table class="sr-steps sr-data"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        + (f'<p class="sr-muted">{words}</p>' if words else "")
    )
    size = f"{count:,} row{'' if count == 1 else 's'}"
    title = f'<strong>{_name(name)}</strong> <span class="sr-muted">{size}</span>'
    if folded:
        return f"<details><summary>{title}</summary>{body}</details>"
    return f'<p class="sr-caption">{title}</p>{body}'


def _cell(cells: Sequence[Any], place: int) -> str:
    if place >= len(cells):
        return "<td></td>"
    mark = ' class="sr-elapsed"' if _is_number(cells[place]) else ""
    value = cells[place]
    return f"<td{mark}>{'' if value is None else escape(render_metric(value))}</td>"
