"""The cards of the test mode, and what their bank says."""

from dataclasses import dataclass
from typing import Any, Final

FINE: Final = 0
NO_FUNDS: Final = 5051
_NO_SUCH_CARD: Final = 5014
FOREIGN_TOKEN: Final = 6025
THREE_DS_FAILED: Final = 5206

REASONS: Final = {
    FINE: "Approved",
    3001: "InvalidOrderId",
    3002: "InvalidAccountId",
    3003: "InvalidAmount",
    3004: "OutOfDate",
    3005: "FormatError",
    3006: "Unavailable",
    3007: "UnableToConnect",
    3008: "NotAccepted",
    5001: "ReferToCardIssuer",
    5003: "InvalidMerchant",
    5004: "PickUpCard",
    5005: "DoNotHonor",
    5006: "Error",
    5012: "InvalidTransaction",
    5013: "AmountError",
    _NO_SUCH_CARD: "InvalidCardNumber",
    5015: "NoSuchIssuer",
    5017: "CustomerCancellation",
    5019: "TransactionError",
    5030: "FormatError",
    5031: "BankNotSupported",
    5033: "ExpiredCardPickup",
    5034: "SuspectedFraud",
    5036: "RestrictedCard",
    5041: "LostCard",
    5043: "StolenCard",
    NO_FUNDS: "InsufficientFunds",
    5054: "ExpiredCard",
    5055: "InvalidPin",
    5057: "NotPermitted",
    5061: "ExceedsApprovalAmount",
    5062: "RestrictedCard2",
    5063: "SecurityViolation",
    5065: "ExceedWithdrawalFrequency",
    5082: "IncorrectCVV",
    5091: "Timeout",
    5092: "CannotReachNetwork",
    5096: "SystemError",
    5204: "UnableToProcess",
    THREE_DS_FAILED: "AuthenticationFailed",
    5300: "AntiFraud",
    FOREIGN_TOKEN: "TokenOfAnotherTerminal",
}
_WORDS: Final = {
    "ru-RU": ("Оплата успешно проведена", "Недостаточно средств на карте", "Платёж отклонён"),
    "kk-KZ": ("Төлем сәтті өтті", "Картада қаражат жеткіліксіз", "Төлем қабылданбады"),
    "en-US": ("Payment successful", "Insufficient funds", "The payment was declined"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A card: what its bank says the first time, and what later, by token."""

    number: str
    has_3ds: bool
    first: int
    by_token: int
    told: str

    @property
    def first_six(self) -> str:
        return self.number[:6]

    @property
    def last_four(self) -> str:
        return self.number[-4:]

    @property
    def brand(self) -> str:
        return "Visa" if self.number.startswith("4") else "MasterCard"

    @property
    def shown(self) -> str:
        """The number as it is printed: in fours."""
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


CARDS: Final = {
    number: Card(number, has_3ds, first, by_token, told)
    for numbers, has_3ds, first, by_token, told in (
        (
            ("4242424242424242", "5555555555554444"),
            True,
            FINE,
            FINE,
            "asks the payer, then pays; pays again by token",
        ),
        (
            ("4012888888881881", "5105105105105100"),
            True,
            NO_FUNDS,
            NO_FUNDS,
            "asks the payer, then has not enough on it",
        ),
        (
            ("4000000000003055", "5205000000003055"),
            False,
            FINE,
            FINE,
            "pays; pays again by token",
        ),
        (
            ("4111111111111111", "5200828282828210"),
            False,
            FINE,
            NO_FUNDS,
            "pays once; by token has not enough on it",
        ),
        (
            ("4000056655665556", "5404000000000043"),
            False,
            NO_FUNDS,
            NO_FUNDS,
            "has not enough on it",
        ),
    )
    for number in numbers
}


def card_of(typed: str) -> Card:
    """The card with a number, typed in whatever groups; one that is not on the list is refused."""
    number = "".join(typed.split())
    unknown = Card(number.rjust(10, "0"), False, _NO_SUCH_CARD, _NO_SUCH_CARD, "is no card")
    return CARDS.get(number, unknown)


def reason(code: int) -> str:
    return REASONS.get(code, "Error")


def words(code: int, culture: str) -> str:
    """What the payer is told, in the language of the payment."""
    paid, no_funds, declined = _WORDS.get(culture, _WORDS["ru-RU"])
    if code == FINE:
        return paid
    return no_funds if code == NO_FUNDS else declined


def listed() -> list[dict[str, Any]]:
    return [
        {"number": card.number, "shown": card.shown, "told": card.told} for card in CARDS.values()
    ]
