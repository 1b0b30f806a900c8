"""What the checker accepts has a measure that no hop raises and every work hop lowers.

Theorem: let the checker of `lambdaspec/kernel/checker.py` accept a block. Then, for arbitrary numbers of
counters and arbitrary limits, there is a lexicographic measure of natural numbers that is not raised by
any admitted hop inside, and is lowered by each hop with work. So work is done finitely often.

Assumptions: what the checker checks. A region: a hop stays in its block or goes to an earlier one. A block
with `consumed` groups: no hop inside lowers them; a hop that spends raises a counter below its cap; the
others are hops of the inner region. A block that is `split` on a counter: no hop lowers it; the region
`inner` has the hops that do not raise it, the region `otherwise` those that do not ask it to be below
anything. A block without a reason has no work.

Argument: induction over the depth of the certificate; `inner`, `after_inner` stand for the measure that the
nested regions already have, which is what the induction hypothesis says of them. The measures are: the
position; the sum of what is left below the caps; for a split, what is left below the greatest cap, then the
measure of the region that is entered when nothing is left. If a hop inside lowers a consumed counter, what
is left below the caps grows again.
"""

import z3

here, there, left, after_left = z3.Ints("position after_position left after_left")
inner, after_inner = z3.Ints("inner after_inner")
otherwise, after_otherwise = z3.Ints("otherwise after_otherwise")
value, raised, cap, greatest = z3.Ints("value raised cap greatest")
work, spends, lowers, raises, capped = z3.Bools("work spends lowers raises capped")
natural = z3.And(left >= 0, after_left >= 0, inner >= 0, after_inner >= 0)


def down(
    first: z3.ArithRef, after_first: z3.ArithRef, rest: z3.ArithRef, after_rest: z3.ArithRef
) -> z3.BoolRef:
    """The pair is not raised, and lowered if there is work."""
    same = z3.And(after_first == first, after_rest <= rest, z3.Implies(work, after_rest < rest))
    return z3.Or(after_first < first, same)


def hypothesis(rest: z3.ArithRef, after_rest: z3.ArithRef) -> z3.BoolRef:
    """What the induction hypothesis says of a hop that belongs to a nested region."""
    return z3.And(after_rest <= rest, z3.Implies(work, after_rest < rest))


def region() -> z3.BoolRef:
    """A hop goes to an earlier block, or stays in one whose own measure does what it must."""
    accepted = z3.Or(there < here, z3.And(there == here, hypothesis(inner, after_inner)))
    return z3.Implies(z3.And(natural, accepted), down(here, there, inner, after_inner))


def consumed(may_lower: bool) -> z3.BoolRef:
    """`left` is what is left below the caps of all members of the consumed groups, added up."""
    admitted = z3.Implies(spends, z3.And(value < cap, raised >= 1))
    changes = z3.If(
        spends,
        z3.And(after_left <= left - 1),
        z3.If(z3.And(lowers, z3.BoolVal(may_lower)), after_left >= left, after_left <= left),
    )
    nested = z3.Implies(z3.Not(spends), hypothesis(inner, after_inner))
    assumed = z3.And(natural, admitted, changes, nested, z3.Implies(spends, raised <= cap - value))
    return z3.Implies(assumed, down(left, after_left, inner, after_inner))


def split(may_lower: bool) -> z3.BoolRef:
    """`left` is what is left below the greatest cap of the one counter, never negative."""
    after_value = z3.If(raises, value + raised, value)
    lowered = z3.And(z3.BoolVal(may_lower), lowers)
    rest = z3.If(value < greatest, greatest - value, 0)
    after_rest = z3.If(after_value < greatest, greatest - after_value, 0)
    after_rest = z3.If(lowered, z3.If(greatest > 0, greatest, 0), after_rest)
    admitted = z3.And(z3.Implies(capped, value < greatest), z3.Implies(raises, raised >= 1))
    nested = z3.And(
        z3.Implies(z3.Not(raises), hypothesis(inner, after_inner)),
        z3.Implies(z3.Not(capped), hypothesis(otherwise, after_otherwise)),
    )
    measure = z3.If(rest > 0, inner, otherwise)
    after_measure = z3.If(rest > 0, after_inner, after_otherwise)
    natural_too = z3.And(natural, otherwise >= 0, after_otherwise >= 0, value >= 0)
    assumed = z3.And(natural_too, admitted, nested)
    return z3.Implies(assumed, down(rest, after_rest, measure, after_measure))


def bare() -> z3.BoolRef:
    """A block without a reason: no work, nothing to lower."""
    return z3.Implies(z3.Not(work), down(left, left, inner, inner))


def sums() -> z3.BoolRef:
    """Raising one counter below its cap takes at least one from what is left below all caps."""
    rest = z3.Int("left_below_the_other_caps")
    before = rest + (cap - value)
    after = rest + (cap - (value + raised))
    return z3.Implies(z3.And(value < cap, raised >= 1), after <= before - 1)


def claims() -> dict[str, z3.BoolRef]:
    return {
        "region": region(),
        "consumed": consumed(may_lower=False),
        "split": split(may_lower=False),
        "bare": bare(),
        "sums": sums(),
    }


def weakened() -> dict[str, z3.BoolRef]:
    return {
        "a_hop_lowers_what_is_consumed": consumed(may_lower=True),
        "a_hop_lowers_the_counter_of_a_split": split(may_lower=True),
    }
