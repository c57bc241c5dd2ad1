"""What can go wrong with WhatsApp."""

from cube_demper.kernel.errors import Conflict, Invalid, NotAuthenticated, NotFound, Unavailable


class NotConnected(NotFound):
    """You have not connected WhatsApp."""

    code = "whatsapp-not-connected"


class WhatsAppOff(Unavailable):
    """WhatsApp is switched off in this installation."""

    code = "whatsapp-off"


class ConnectionNotReady(Conflict):
    """The connection to WhatsApp is being made: ask again in a moment."""

    code = "connection-not-ready"


class SessionMissing(NotFound):
    """WAHA knows no such session."""

    code = "whatsapp-session-missing"


class SessionNotReady(Conflict):
    """The WhatsApp session is not in a state for this."""

    code = "whatsapp-session-not-ready"

    def __init__(self, status: str) -> None:
        """``status`` is WAHA's word for the state that it is in instead."""
        super().__init__(f"{self.title()} It is {status}.")
        self.status = status


class PairingRefused(Conflict):
    """WhatsApp gives no code for this number now: scan the picture instead."""

    code = "pairing-refused"


class WahaGone(Unavailable):
    """WhatsApp's gateway does not answer."""

    code = "waha-gone"


class WahaKeyRefused(Unavailable):
    """WhatsApp's gateway refuses our key."""

    code = "waha-key-refused"


class WahaBroken(Unavailable):
    """WhatsApp's gateway answered something that we don't understand."""

    code = "waha-broken"


class NotByThisEngine(Unavailable):
    """The gateway's engine can't do this."""

    code = "not-by-this-engine"


class SendUnanswered(Unavailable):
    """Nobody said whether the message was sent: only reading tells."""

    code = "send-unanswered"


class FirstMessagesLocked(Unavailable):
    """WhatsApp lets this number write to nobody who has not written first."""

    code = "first-messages-locked"


class SignatureWrong(NotAuthenticated):
    """The signature does not fit."""

    code = "signature-wrong"


class HookUnreadable(Invalid):
    """This is no event of WAHA's."""

    code = "hook-unreadable"


class EngineGone(Unavailable):
    """The engine that runs WhatsApp's gateways does not answer."""

    code = "engine-gone"


class EngineRefused(Unavailable):
    """The engine would not do what WhatsApp's gateway needs."""

    code = "engine-refused"


class ImageMissing(Unavailable):
    """The image of WhatsApp's gateway is not there yet."""

    code = "image-missing"


class NameTaken(Conflict):
    """A container or volume that is not ours has the name of this one."""

    code = "name-taken"


class GatewaySilent(Unavailable):
    """WhatsApp's gateway was started again and again, and does not answer."""

    code = "gateway-silent"


class GatewayOutOfMemory(Unavailable):
    """WhatsApp's gateway took more memory than it may have, and was ended."""

    code = "gateway-out-of-memory"


class NotInThisLayout(Conflict):
    """Gateways that many share can't rest: only one's own can."""

    code = "not-in-this-layout"


class MessageMissing(NotFound):
    """There is no such message."""

    code = "whatsapp-message-missing"


class ContactMissing(NotFound):
    """There is no such contact."""

    code = "contact-missing"


class PhoneUnreadable(Invalid):
    """This is no phone number."""

    code = "phone-unreadable"


class TextMissing(Invalid):
    """A message needs a text."""

    code = "text-missing"


class TextTooLong(Invalid):
    """A message may have 4 096 characters."""

    code = "text-too-long"


class ContactOptedOut(Conflict):
    """They asked not to be written to."""

    code = "contact-opted-out"


class MessageUnderWay(Conflict):
    """It is being sent, or was."""

    code = "message-under-way"


class MessageKeyReused(Conflict):
    """This Idempotency-Key came with another message before."""

    code = "message-key-reused"


class HoursUpsideDown(Invalid):
    """The hours end before they begin."""

    code = "hours-upside-down"


class TemplateMissing(NotFound):
    """There is no such template."""

    code = "template-missing"


class TemplateUnreadable(Invalid):
    """Variables are named {like_this}: small Latin letters, digits and underscores."""

    code = "template-unreadable"


class TemplateVariablesDiffer(Invalid):
    """Each language of a template has to have the same variables."""

    code = "template-variables-differ"


class TemplateNameTaken(Conflict):
    """A template has this name already."""

    code = "template-name-taken"


class TemplateLanguageMissing(Invalid):
    """The template has no text in this language."""

    code = "template-language-missing"


class VariableMissing(Invalid):
    """The template has a variable that nothing was said for."""

    code = "variable-missing"

    def __init__(self, names: "list[str]") -> None:
        """``names`` are those of the variables."""
        super().__init__(f"{self.title()} {', '.join(names)}.")


class ConsentMissing(Invalid):
    """Write only to people who agreed to it, and say so."""

    code = "consent-missing"


class RecipientsMissing(Invalid):
    """There is nobody to write to."""

    code = "recipients-missing"


class BroadcastMissing(NotFound):
    """There is no such broadcast."""

    code = "broadcast-missing"


class BroadcastNotSo(Conflict):
    """The broadcast is not in a state for this."""

    code = "broadcast-not-so"
