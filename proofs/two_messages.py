"""Whether an innocent message can be dropped is decided by two messages.

Theorem: a message whose own count is below the cutoff is refused in some batch, of whatever size and from
a queue of whatever length, only if there is one message beside it with which alone it would be refused
too; and a message that has just come with its count at the cutoff can be that company for as many receives
as the innocent one has.

Assumptions: a batch is refused exactly if the maximum of its counts has reached the cutoff (REC-BATCH); a
refusal counts one receive of each message in it (CUT-SQS); what arrives has no receives.

Argument: the message that has the maximum is the company; it is not the innocent one. Its receives are not
above those of the innocent one at the start, and each refusal of both keeps that, so it can be received
whenever the innocent one can. If a batch were refused for the sum of its counts, three young messages could
be refused of which no two are.
"""

import z3

K, M = z3.Ints("cutoff receives")
innocent, guilty, third = z3.Ints("innocent guilty third")
count = z3.Function("count", z3.IntSort(), z3.IntSort())
in_batch = z3.Function("in_batch", z3.IntSort(), z3.BoolSort())
mine, theirs = z3.Ints("receives_of_innocent receives_of_guilty")


def pair(by_sum: bool) -> z3.BoolRef:
    """A refused batch contains a message with which the innocent one alone is refused."""
    here = z3.And(in_batch(innocent), count(innocent) < K, K >= 1)
    if by_sum:
        three = z3.And(in_batch(guilty), in_batch(third), z3.Distinct(innocent, guilty, third))
        young = z3.And(count(innocent) >= 0, count(guilty) >= 0, count(third) >= 0)
        refused = z3.And(three, young, count(innocent) + count(guilty) + count(third) >= K)
        some = z3.Or(count(innocent) + count(guilty) >= K, count(innocent) + count(third) >= K)
        return z3.Implies(z3.And(here, refused), some)
    refused = z3.And(in_batch(guilty), count(guilty) >= K)
    maximum = z3.If(count(guilty) > count(innocent), count(guilty), count(innocent))
    return z3.Implies(z3.And(here, refused), z3.And(guilty != innocent, maximum >= K))


def company() -> z3.BoolRef:
    """While the innocent one can be received, so can its company, and a refusal keeps it so."""
    now = z3.And(theirs >= 0, theirs <= mine, mine < M)
    return z3.Implies(now, z3.And(theirs < M, theirs + 1 <= mine + 1))


def arrives(with_receives: bool) -> z3.BoolRef:
    """What has just come has no receives, so the relation holds when it joins."""
    fresh = theirs >= 0 if with_receives else theirs == 0
    return z3.Implies(z3.And(mine >= 0, fresh), theirs <= mine)


def claims() -> dict[str, z3.BoolRef]:
    return {"pair": pair(by_sum=False), "company": company(), "arrives": arrives(False)}


def weakened() -> dict[str, z3.BoolRef]:
    return {
        "a_batch_counts_as_its_sum": pair(by_sum=True),
        "company_comes_with_receives": arrives(True),
    }
