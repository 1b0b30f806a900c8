"""Retries do not defeat the cutoff, and multiply it exactly.

Theorem: if a delivery is tried at most A times, a chain's path has at most A executions for each time it
is counted, so at most K·A; and where each attempt sends one message on before it fails, the executions
below a path with d invocations left are A + A² + ... + A^d, neither more nor fewer at worst.

Assumptions: a retry is not counted (REC-RETRY-NOTREC); a delivery is tried at most A times.

Argument: induction over the hops for the first, over d for the second: W(d+1) = A·(1 + W(d)), and the
invariant is (A-1)·W(d) = A·(A^d - 1). If a delivery could be tried once more, the bound would not hold.
"""

import z3

K, A, runs, count = z3.Ints("cutoff attempts runs count")
tried, after_runs, after_count = z3.Ints("tried after_runs after_count")
W, P, later_weight, later_power = z3.Ints("weight power after_weight after_power")


def bounded(ran: z3.ArithRef, counted: z3.ArithRef) -> z3.BoolRef:
    return z3.And(ran >= 0, ran <= counted * A, counted >= 0, counted <= K)


def delivered(most: z3.ArithRef) -> z3.BoolRef:
    hop = z3.And(
        count < K,
        tried >= 1,
        tried <= most,
        after_count == count + 1,
        after_runs == runs + tried,
    )
    now = z3.And(A >= 1, K >= 1, bounded(runs, count))
    return z3.Implies(z3.And(now, hop), bounded(after_runs, after_count))


def geometric(weight: z3.ArithRef, power: z3.ArithRef) -> z3.BoolRef:
    return (A - 1) * weight == A * (power - 1)


def grows(more: z3.ArithRef) -> z3.BoolRef:
    step = z3.And(later_weight == A * (1 + W) + more, later_power == A * P)
    return z3.Implies(z3.And(A >= 1, geometric(W, P), step), geometric(later_weight, later_power))


def claims() -> dict[str, z3.BoolRef]:
    product = z3.And(A >= 1, bounded(runs, count))
    return {
        "path": delivered(A),
        "path_bound": z3.Implies(product, runs <= K * A),
        "tree_start": geometric(z3.IntVal(0), z3.IntVal(1)),
        "tree_step": grows(z3.IntVal(0)),
    }


def weakened() -> dict[str, z3.BoolRef]:
    with_three = z3.substitute(grows(z3.IntVal(1)), (A, z3.IntVal(3)))
    return {"one_attempt_more": delivered(A + 1), "one_execution_more": with_three}
