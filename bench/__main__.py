"""``python -m bench [NAME]``: list the benchmarks, or run one."""

import sys
from collections.abc import Callable, Mapping

from bench import (
    agents,
    api,
    assistants,
    backtest,
    catalogue,
    connections,
    entitlements,
    faults,
    fleet,
    freshness,
    heart,
    limiter,
    login,
    messages,
    million,
    mutants,
    pricelist,
    quota,
    reads,
    start,
    transport,
)

_ALL: Mapping[str, Callable[[], None]] = {
    "heart": heart.measure,
    "backtest": backtest.measure,
    "freshness": freshness.measure,
    "mutants": mutants.measure,
    "agents": agents.measure,
    "faults": faults.measure,
    "limiter": limiter.measure,
    "fleet": fleet.measure,
    "million": million.measure,
    "api": api.measure,
    "start": start.measure,
    "quota": quota.measure,
    "reads": reads.measure,
    "catalogue": catalogue.measure,
    "transport": transport.measure,
    "pricelist": pricelist.measure,
    "login": login.measure,
    "connections": connections.measure,
    "entitlements": entitlements.measure,
    "messages": messages.measure,
    "assistants": assistants.measure,
}


def main(arguments: list[str]) -> int:
    """Run what was asked for; say what there is when nothing was, or nothing that is here."""
    if len(arguments) == 1 and arguments[0] in _ALL:
        _ALL[arguments[0]]()
        return 0
    for name, measure in _ALL.items():
        print(f"  python -m bench {name:<12} {(measure.__doc__ or '').splitlines()[0]}")
    return bool(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
