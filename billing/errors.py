"""What can go wrong with money."""

from cube_demper.kernel.errors import Conflict, Forbidden, Invalid, Unavailable


class PaymentsOff(Unavailable):
    """Payments are switched off in this installation."""

    code = "payments-off"


class ProviderGone(Unavailable):
    """The payment provider does not answer."""

    code = "payment-provider-gone"


class ProviderBusy(Unavailable):
    """The payment provider takes no more requests for the moment."""

    code = "payment-provider-busy"


class ProviderKeyRefused(Unavailable):
    """The payment provider refuses our key."""

    code = "payment-provider-key-refused"


class ProviderBroken(Unavailable):
    """The payment provider answered something that we don't understand."""

    code = "payment-provider-broken"


class ProviderRefused(Conflict):
    """The payment provider will not do this."""

    code = "payment-provider-refused"


class LinkUnanswered(Unavailable):
    """Nobody said whether the payment link was made."""

    code = "payment-link-unanswered"


class ScheduleUnanswered(Unavailable):
    """Nobody said whether the provider will charge by itself: look before asking again."""

    code = "payment-schedule-unanswered"


class ScheduleEnded(Conflict):
    """The provider's schedule is over, and a change would begin it anew."""

    code = "payment-schedule-ended"


class NotificationForged(Forbidden):
    """The signature does not fit."""

    code = "payment-notification-forged"


class NotificationUnreadable(Invalid):
    """This is no notification of the payment provider's."""

    code = "payment-notification-unreadable"
