"""The cutoff bounds every chain that keeps its lineage.

Theorem: along one path on which every hop keeps the lineage, a function in `Terminate` mode is invoked at
most K times, K being the cutoff.

Assumptions: an invocation is admitted only if the chain's count of the function is below K (REC-THRESH);
it then counts one more (REC-WHICH); every other hop keeps the count, or gives a batch the larger one.

Argument: "the number of invocations so far is not above the count, and the count is not above K" holds at
the start and is kept by each kind of hop. Without the last assumption, when one hop loses the lineage, it
is not kept: the count starts again, the invocations do not.
"""

import z3

K, runs, count, other = z3.Ints("cutoff runs count other")
after_runs, after_count = z3.Ints("after_runs after_count")


def invariant(ran: z3.ArithRef, counted: z3.ArithRef) -> z3.BoolRef:
    return z3.And(ran >= 0, ran <= counted, counted <= K)


INVOKE = z3.And(count < K, after_count == count + 1, after_runs == runs + 1)
KEEP = z3.And(after_count == count, after_runs == runs)
MERGE = z3.And(other <= K, after_count == z3.If(other > count, other, count), after_runs == runs)
LOSE = z3.And(after_count == 0, after_runs == runs)


def kept_by(hop: z3.BoolRef) -> z3.BoolRef:
    now = z3.And(K >= 1, invariant(runs, count))
    return z3.Implies(z3.And(now, hop), invariant(after_runs, after_count))


def claims() -> dict[str, z3.BoolRef]:
    return {
        "start": z3.Implies(K >= 1, invariant(z3.IntVal(0), z3.IntVal(0))),
        "step": kept_by(z3.Or(INVOKE, KEEP, MERGE)),
        "bound": z3.Implies(invariant(runs, count), runs <= K),
    }


def weakened() -> dict[str, z3.BoolRef]:
    return {"a_hop_loses_the_lineage": kept_by(z3.Or(INVOKE, KEEP, MERGE, LOSE))}
