"""Routes in the flow: a request runs one of the route's functions, up to its attempts."""

from __future__ import annotations

from lambdaspec.flow.graph import ATTEMPTS, FRESH, Flow, Kind, Rank, Role, Site, Step
from lambdaspec.flow.sending import invocation_effect
from lambdaspec.kernel.counters import Guard

ATTEMPT = (ATTEMPTS, "")


def expand_request(flow: Flow, number: int, site: Site) -> None:
    """A request that waits for a function; it carries no lineage."""
    attempts = flow.settings.route_attempts(site.element)
    for one in flow.settings.integrations(site.element):
        function = flow.settings.function(one.target)
        if function.switched_off:
            continue
        counted = invocation_effect(flow, one.target)
        runs = not function.is_pipe
        deliver = flow.add(
            Step(
                number,
                flow.site(Kind.RUN, one.target),
                Role.DELIVER,
                flow.effect(counted.guards, FRESH, adds=counted.adds),
                work=runs,
                cost=int(runs),
                rule="APIGW-RETRY",
                trigger=one,
            )
        )
        flow.play(number, Rank.SUCCESS, [deliver])
        if function.can_fail and attempts > 1:
            effect = flow.effect([Guard(ATTEMPT, below=attempts - 1)], adds=[(ATTEMPT, 1)])
            fail = Step(
                number, number, Role.FAIL, effect, work=runs, rule="COGNITO-RETRY", trigger=one
            )
            flow.play(number, Rank.FAILURE, [deliver, flow.add(fail)])
