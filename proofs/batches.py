"""A batch allows no run that single messages do not.

Theorem: every run with batches is matched, event by event, by a run in which each message is delivered
alone: what the batch admits is admitted alone, and what is written then has a count that is not higher.

Assumptions: a batch counts as the maximum of its messages and is refused as a whole (REC-BATCH); a refused
message comes back as after throttling, its receives counted (CUT-SQS, SQS-THROTTLE).

Argument: the relation "the count alone is not above the count in the batch, receives and age are the same"
is kept by each step of the batch, answered by a step alone. If a batch counted as the minimum of its
messages, an old message would be admitted in young company.
"""

import z3

K, alone, batched, company = z3.Ints("cutoff count_alone count_batched company")
receives, after, age, after_age = z3.Ints("receives receives_after age age_after")
visibility = z3.Int("visibility")
maximum = z3.If(company > batched, company, batched)
minimum = z3.If(company < batched, company, batched)


def related(single: z3.ArithRef, together: z3.ArithRef) -> z3.BoolRef:
    return z3.And(single >= 0, single <= together)


def admitted(lineage: z3.ArithRef) -> z3.BoolRef:
    """What the batch admits is admitted alone, and stays related after it has been counted."""
    return z3.Implies(
        z3.And(related(alone, batched), company >= 0, lineage < K),
        z3.And(alone < K, related(alone + 1, lineage + 1)),
    )


def refused(alone_counts: bool) -> z3.BoolRef:
    """A message that is refused in a batch, however young, is where throttling alone brings it.

    Its own count need not have reached the cutoff: the step alone is throttling, not a cut.
    """
    by_batch = z3.And(maximum >= K, after == receives + 1, after_age == age + visibility)
    allowed = alone >= K if alone_counts else z3.BoolVal(True)
    by_itself = z3.And(allowed, after == receives + 1, after_age == age + visibility)
    return z3.Implies(z3.And(related(alone, batched), by_batch), by_itself)


def claims() -> dict[str, z3.BoolRef]:
    return {"admitted": admitted(maximum), "refused": refused(alone_counts=False)}


def weakened() -> dict[str, z3.BoolRef]:
    return {
        "a_batch_counts_as_its_minimum": admitted(minimum),
        "nothing_is_throttled": refused(alone_counts=True),
    }
