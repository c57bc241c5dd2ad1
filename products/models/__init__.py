"""Cards and markets belong to nobody; products, decisions and changes belong to one seller."""

from products.models.brake import Brake
from products.models.bulk import (
    OPEN_BULK_STATES,
    BulkEdit,
    BulkKind,
    BulkRow,
    BulkState,
    RowState,
)
from products.models.change import Change, DecisionRecord, Hold
from products.models.line import PushLine
from products.models.market import SHARD_COUNT, Card, Market, ShardTempo, shard_of
from products.models.preorder_change import PreorderChange
from products.models.product import PriceListEntry, Product
from products.models.pushed import OPEN_CHANGE_STATES, UNDER_WAY, ChangeState, Pushed
from products.models.round import Round
from products.models.rules import RuleSheet, TariffTable
from products.models.tape import MarketFace, TapeEntry

__all__ = [
    "OPEN_BULK_STATES",
    "OPEN_CHANGE_STATES",
    "SHARD_COUNT",
    "UNDER_WAY",
    "Brake",
    "BulkEdit",
    "BulkKind",
    "BulkRow",
    "BulkState",
    "Card",
    "Change",
    "ChangeState",
    "DecisionRecord",
    "Hold",
    "Market",
    "MarketFace",
    "PreorderChange",
    "PriceListEntry",
    "Product",
    "PushLine",
    "Pushed",
    "Round",
    "RowState",
    "RuleSheet",
    "ShardTempo",
    "TapeEntry",
    "TariffTable",
    "shard_of",
]
