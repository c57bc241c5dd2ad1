"""What may be asked: an address and whoever answers there."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from sandbox.tiptoppay.params import Params
from sandbox.waha.wire import Answer, Request


@dataclass(frozen=True, slots=True)
class Call:
    """A request that found its endpoint."""

    request: Request
    params: Params
    last_step: str = ""


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint; a path that ends in a star takes any last step."""

    method: str
    path: str
    handler: Handler

    @property
    def name(self) -> str:
        return self.path.strip("/")


@dataclass(slots=True)
class Routes:
    _by_path: dict[tuple[str, str], Route] = field(default_factory=dict)

    def add(self, routes: Iterable[Route]) -> None:
        self._by_path |= {(route.method, route.path): route for route in routes}

    def find(self, request: Request) -> tuple[Route, str] | None:
        """The endpoint of a request and the last step of its path, where any may stand there."""
        path = request.path.rstrip("/")
        exact = self._by_path.get((request.method, path))
        if exact is not None:
            return exact, ""
        folder, _, step = path.rpartition("/")
        starred = self._by_path.get((request.method, f"{folder}/*"))
        return (starred, step) if starred is not None else None

    def names(self) -> frozenset[str]:
        return frozenset(route.name for route in self._by_path.values())


def posts(handlers: dict[str, Handler]) -> list[Route]:
    return [Route("POST", path, handler) for path, handler in handlers.items()]
