"""What a handler has stored in records: branches can be taken back, and a state can be kept.

Records are shared, so a store in one branch would be seen in the other. Each branch therefore
keeps what it changed, and gives the records back as they were; where branches meet, a field may be
what either left.
"""

from __future__ import annotations

from attrs import define, field

from lambdaspec.handlers.values import (
    UNKNOWN,
    AnyOf,
    Path,
    Rec,
    Seq,
    Sum,
    Value,
    alternatives,
    any_of,
)

MOST_NESTED = 12
"""Records inside records that are kept."""

Place = tuple[int, str]
Kept = dict[Place, tuple[Rec, Value | None]]


@define
class Memory:
    """The stores of each branch that is being followed, the outermost first."""

    branches: list[Kept] = field(factory=list)
    owned: dict[tuple[str, ...], Rec] = field(factory=dict)
    """Parts of the event that the handler has changed, by the way to them."""

    def store(self, record: Rec, name: str, value: Value | None) -> None:
        """Give a field a value; None: it is as if never stored."""
        if self.branches:
            kept = self.branches[-1]
            kept.setdefault((id(record), name), (record, record.fields.get(name)))
        if value is None:
            record.fields.pop(name, None)
        else:
            record.fields[name] = value

    def begin(self) -> None:
        """Enter a branch."""
        self.branches.append({})

    def take_back(self) -> Kept:
        """Leave a branch: what it left in the fields it changed; they are as they were."""
        old = self.branches.pop()
        left: Kept = {}
        for place, (record, value) in old.items():
            left[place] = (record, record.fields.get(place[1]))
            if value is None:
                record.fields.pop(place[1], None)
            else:
                record.fields[place[1]] = value
        return left

    def put(self, changes: Kept) -> None:
        """Let one branch be the one that was taken."""
        for (_, name), (record, value) in changes.items():
            self.store(record, name, value)

    def either(self, one: Kept, other: Kept) -> None:
        """Let either branch be the one that was taken."""
        for place in {**one, **other}:
            record = (one.get(place) or other[place])[0]
            name = place[1]
            here = record.fields.get(name)
            values = [b[place][1] if place in b else here for b in (one, other)]
            self.store(record, name, _either(record, name, values))

    def own(self, path: Path) -> Rec:
        """A part of the event as a record that can be changed."""
        return self.owned.setdefault(path.steps, Rec(base=path))

    def current(self, value: Value) -> Value:
        """A value, with what was changed in the part of the event that it is."""
        if not self.owned:
            return value
        if isinstance(value, Path):
            return self.owned.get(value.steps, value)
        if isinstance(value, AnyOf) and any(isinstance(one, Path) for one in value.items):
            return any_of(self.current(one) for one in value.items)
        return value

    def kept(self, value: Value, depth: int = 0) -> Value:
        """A copy of a value as it is now: what is stored later does not change it."""
        value = self.current(value)
        if depth > MOST_NESTED:
            return UNKNOWN if isinstance(value, Rec | Seq | AnyOf) else value
        match value:
            case Rec():
                fields = {n: self.kept(v, depth + 1) for n, v in value.fields.items()}
                for name in self._changed(value.base):
                    if name not in fields and value.base is not None:
                        fields[name] = self.kept(Path((*value.base.steps, name)), depth + 1)
                return Rec(fields, value.open, value.kind, list(value.keys), value.base)
            case Path() if self._changed(value):
                return self.kept(Rec(base=value), depth + 1)
            case Seq(items=items, whole=whole):
                return Seq([self.kept(one, depth + 1) for one in items], whole)
            case AnyOf(items=items):
                return any_of([self.kept(one, depth + 1) for one in items])
            case _:
                return value

    def _changed(self, path: Path | None) -> list[str]:
        """The fields of a part of the event in which something was changed."""
        if path is None:
            return []
        size = len(path.steps)
        inside = [s for s in self.owned if len(s) > size and s[:size] == path.steps]
        return list(dict.fromkeys(steps[size] for steps in inside))

    def widened(self, stored: Kept) -> Kept:
        """What a second round of a loop left; what it changed again may be anything."""
        return {
            place: (record, UNKNOWN if moving(record.fields.get(place[1]), value) else value)
            for place, (record, value) in stored.items()
        }


def moving(before: Value | None, after: Value | None) -> bool:
    """Whether one more round of a loop counts a number on."""
    if before is None or after is None:
        return False
    known = set(alternatives(before))
    fresh = [one for one in alternatives(after) if isinstance(one, Sum) and one not in known]
    return bool(fresh) and any(isinstance(one, Sum) for one in known)


def _either(record: Rec, name: str, values: list[Value | None]) -> Value | None:
    """What a field is after one of two branches, in which it may not have been stored."""
    if all(value is None for value in values):
        return None
    base = record.base
    absent: Value | None = None if base is None else Path((*base.steps, name))
    found = [absent if value is None else value for value in values]
    return any_of(value for value in found if value is not None)
