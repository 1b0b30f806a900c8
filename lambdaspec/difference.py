"""What a change does to the answer: bounds that rise, loops that appear, and those that go."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from lambdaspec.codes import CODES
from lambdaspec.diagnostics import Finding, Level
from lambdaspec.findings import CODE_OF, arrow, number
from lambdaspec.flow.count import Count
from lambdaspec.flow.loops import LoopVerdict
from lambdaspec.result import FoundLoop, Result

INFINITE = "∞"


@frozen
class Change:
    """One thing that is different; `worse` if it is a regression."""

    text: str
    worse: bool
    finding: Finding | None = None


_WORDS = {
    LoopVerdict.UNBOUNDED: "runs without end",
    LoopVerdict.CUTOFF: "ends only by Lambda's cutoff",
    LoopVerdict.CUT_SHORT: "is cut before its guard ends it",
    LoopVerdict.EXPIRY: "ends only by age",
    LoopVerdict.GUARDED: "ends by its guard",
}


def _most(result: Result, entry: str) -> Count | None:
    """The worst case at an entry; None: no bound, or none is known."""
    found = result.entries.get(entry)
    return found[1] if found is not None else None


def _shown(count: Count | None, known: bool) -> str:
    if not known:
        return "nothing"
    return INFINITE if count is None else number(count)


def _greater(new: Count | None, old: Count | None) -> bool:
    if new is None or old is None:
        return new is None and old is not None
    return new.least > old.most if old.most is not None else False


def changes(old: Result | None, new: Result | None) -> Iterator[Change]:
    """What is different between two checks of one architecture; None where it is not there."""
    yield from _bounds(old, new)
    before = _by_path(old)
    after = _by_path(new)
    for path, one in after.items():
        was = before.get(path)
        worse = _badness(one) > (0 if was is None else _badness(was))
        if was is None or one.loop.verdict is not was.loop.verdict:
            how = "is new" if was is None else f"{_WORDS[was.loop.verdict]} before"
            text = f"{arrow(one.loop.path)} {_WORDS[one.loop.verdict]}; it {how}"
            yield Change(text, worse, _finding(new, path))
    for path, was in before.items():
        if path not in after:
            yield Change(f"{arrow(was.loop.path)} is gone", worse=False)


def _bounds(old: Result | None, new: Result | None) -> Iterator[Change]:
    names = [e.to for e in new.architecture.entries] if new is not None else []
    earlier = [e.to for e in old.architecture.entries] if old is not None else []
    for name in dict.fromkeys([*names, *earlier]):
        was, now = _known(old, earlier, name), _known(new, names, name)
        before = _most(old, name) if old is not None and was else None
        after = _most(new, name) if new is not None and now else None
        if (was, before) == (now, after) or not now:
            continue
        rises = _greater(after, before) if was else after is None
        verb = "raises" if _greater(after, before) or not was else "lowers"
        text = f"this change {verb} the bound of {name} from {_shown(before, was)} to {_shown(after, now)}"
        way = _way(new, name) if rises else ""
        yield Change(text + way, rises)


def _known(result: Result | None, entries: list[str], name: str) -> bool:
    return result is not None and name in entries


def _way(result: Result | None, entry: str) -> str:
    """By which loop: one that the entry leads to, the worst first."""
    loops = sorted(result.loops if result is not None else (), key=_badness, reverse=True)
    paths = [one.loop.path for one in loops if _badness(one)]
    nearest = [path for path in paths if entry in path] or paths
    return f", by this path: {arrow(nearest[0])}" if nearest else ""


def _badness(one: FoundLoop) -> int:
    return int(CODES[CODE_OF[one.loop.verdict]].level) - int(Level.NOTE)


def _by_path(result: Result | None) -> dict[tuple[str, ...], FoundLoop]:
    found: dict[tuple[str, ...], FoundLoop] = {}
    for one in result.loops if result is not None else ():
        path = one.loop.path
        ring = path[:-1] if len(path) > 1 and path[0] == path[-1] else path
        start = ring.index(min(ring)) if ring else 0
        key = (*ring[start:], *ring[:start])
        if key not in found or _badness(found[key]) < _badness(one):
            found[key] = one
    return found


def _finding(result: Result | None, path: tuple[str, ...]) -> Finding | None:
    for one in result.findings if result is not None else ():
        if set(path) == set(one.subject.split(" → ")):
            return one
    return None
