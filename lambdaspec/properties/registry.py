"""The stock properties by name."""

from __future__ import annotations

from lambdaspec.properties.innocent import decide_innocent, watch_innocent
from lambdaspec.properties.losses import (
    decide_loss,
    decide_settled,
    watch_loss,
    watch_settled,
)
from lambdaspec.properties.order import decide_blocked, decide_twice, watch_twice
from lambdaspec.properties.shape import (
    decide_feeding,
    decide_throttled,
    decide_unused,
    decide_visibility,
)
from lambdaspec.properties.stock import Stock

STOCK: dict[str, Stock] = {
    one.name: one
    for one in (
        Stock("LS201", "silent-loss", decide_loss, watch_loss),
        Stock("LS202", "innocent-dropped", decide_innocent, watch_innocent),
        Stock("LS203", "blocked-too-long", decide_blocked),
        Stock("LS204", "never-settled", decide_settled, watch_settled),
        Stock("LS205", "runs-twice", decide_twice, watch_twice),
        Stock("LS206", "dead-letter-feeds-itself", decide_feeding),
        Stock("LS107", "unused-dead-letter", decide_unused),
        Stock("LS208", "short-visibility", decide_visibility),
        Stock("LS209", "throttled-away", decide_throttled),
    )
}
"""Every stock property; `lambdaspec explain NAME` shows its page."""


def find(name: str) -> Stock:
    """The stock property of that name or code.

    Raises:
        ValueError: there is none.

    """
    for one in STOCK.values():
        if name.lower() == one.name or name.upper() == one.code:
            return one
    raise ValueError(f"there is no property `{name}`; there are {', '.join(STOCK)}")
