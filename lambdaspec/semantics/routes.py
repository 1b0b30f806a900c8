"""Ways into a function from outside: HTTP routes, load balancers, function URLs, Cognito.

Says: a request invokes the function synchronously; API Gateway, load balancers and function URLs do
not repeat it (APIGW-RETRY), Cognito tries three times (COGNITO-RETRY), Firehose four
(FIREHOSE-RETRY). A client that calls over HTTP passes no lineage on (APIGW-LOOP, FURL-LOOP, COGNITO-LOOP, BREAK-NONSDK).
Leaves out: clients that repeat a request by themselves, and the timeout of the route, after which
the function runs on (APIGW-TIMEOUT).
Chosen: whoever sends the request does not wait for the answer: the same runs in another order. Of
several functions one answers each request, any one.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from lambdaspec.semantics.invocation import started
from lambdaspec.semantics.recursion import admit
from lambdaspec.semantics.state import Action, Change, Invocation, Request, Serve
from lambdaspec.semantics.world import World


def actions(world: World, request: Request) -> Iterator[Action]:
    """Which function may be invoked for a request."""
    for one in world.integrations(request.route):
        if not world.function(one.target).switched_off:
            yield Serve(request, one.target)


def serve(world: World, action: Serve) -> Change | None:
    """Invoke a function for a request."""
    request, name = action.request, action.function
    if all(one.target != name for one in world.integrations(request.route)):
        return None
    lineage = admit(world, name, ())
    if lineage is None or world.function(name).switched_off:
        return None
    run = Invocation(name, request, (request.payload,), lineage)
    return Change("APIGW-RETRY", (request,), (run,), started(world, name))


def finished(world: World, run: Invocation, request: Request, *, failed: bool) -> Change:
    """The function answered, or failed: the route tries again or passes the error on."""
    again = evolve(request, attempts=request.attempts + 1)
    if failed and again.attempts < world.route_attempts(request.route):
        return Change("COGNITO-RETRY", (run,), (again,), same=((request, again),))
    lost = (("APIGW-RETRY", request),) if failed else ()
    return Change("APIGW-RETRY", (run,), (), lost=lost)
