"""How a seller's WhatsApp is, in words."""

from collections.abc import Mapping

from whatsapp.services.sessions import State

_SENTENCES: Mapping[State, tuple[str, str, str]] = {
    State.NOT_CONNECTED: (
        "WhatsApp не подключён.",
        "WhatsApp қосылмаған.",
        "WhatsApp is not connected.",
    ),
    State.CONNECTING: ("Подключаем…", "Қосылуда…", "It is being connected."),
    State.SCAN_CODE: (
        "Отсканируйте код: WhatsApp → Связанные устройства.",
        "Кодты сканерлеңіз: WhatsApp → Байланысқан құрылғылар.",
        "Scan the code: WhatsApp → Linked devices.",
    ),
    State.FINISH_IN_BROWSER: (
        "WhatsApp просит подтвердить вход ключом доступа: закончите вход в браузере.",
        "WhatsApp кіруді рұқсат кілтімен растауды сұрайды: браузерде аяқтаңыз.",
        "WhatsApp asks for a passkey: finish in the browser.",
    ),
    State.CONNECTED: ("WhatsApp подключён.", "WhatsApp қосылған.", "WhatsApp is connected."),
    State.REPLIES_ONLY: (
        "WhatsApp подключён, но пока не разрешает писать первым: можно только отвечать.",
        "WhatsApp қосылған, бірақ бірінші болып жазуға болмайды: тек жауап беріңіз.",
        "WhatsApp is connected, and lets you answer only: you may not write first for now.",
    ),
    State.LOST: (
        "Связь потеряна: отсканируйте код заново.",
        "Байланыс үзілді: кодты қайта сканерлеңіз.",
        "The connection is lost: scan the code again.",
    ),
    State.RESTING: (
        "Подключение отдыхает и проснётся, когда понадобится.",
        "Қосылым демалуда, қажет болғанда оянады.",
        "The connection rests, and wakes when it is needed.",
    ),
    State.UNAVAILABLE: (
        "Сейчас подключить не получается: мы пробуем снова.",
        "Қазір қосу мүмкін емес: қайта тырысудамыз.",
        "It can't be connected just now: we keep trying.",
    ),
}


def sentence(state: State) -> Mapping[str, str]:
    """What a seller is told of a state, by language."""
    return dict(zip(("ru", "kk", "en"), _SENTENCES[state], strict=True))


_WHY: Mapping[str, tuple[str, str, str]] = {
    "quiet-hours": (
        "Сейчас тихие часы: уйдёт, когда они закончатся.",
        "Қазір тыныш уақыт: аяқталғанда жіберіледі.",
        "These are quiet hours: it goes when they end.",
    ),
    "hourly-limit": (
        "За этот час отправлено достаточно.",
        "Осы сағатта жеткілікті жіберілді.",
        "Enough was sent within this hour.",
    ),
    "daily-limit": (
        "За сутки отправлено достаточно.",
        "Тәулікте жеткілікті жіберілді.",
        "Enough was sent within a day.",
    ),
    "first-messages-limit": (
        "На сегодня достаточно новых собеседников.",
        "Бүгінге жаңа адамдар жеткілікті.",
        "Enough new people were written to within a day.",
    ),
    "unanswered-limit": (
        "Собеседник не отвечает: подождём.",
        "Адам жауап бермейді: күтеміз.",
        "They do not answer: we wait.",
    ),
    "first-messages-locked": (
        "WhatsApp пока не разрешает писать первым.",
        "WhatsApp әзірге бірінші болып жазуға рұқсат бермейді.",
        "WhatsApp does not let you write first for now.",
    ),
    "first-messages-capped": (
        "WhatsApp пока не разрешает новые чаты.",
        "WhatsApp әзірге жаңа чаттарға рұқсат бермейді.",
        "WhatsApp lets you begin no new chats for now.",
    ),
    "not-on-whatsapp": (
        "У этого номера нет WhatsApp.",
        "Бұл нөмірде WhatsApp жоқ.",
        "This number has no WhatsApp.",
    ),
    "too-late": (
        "Время этого сообщения прошло.",
        "Бұл хабардың уақыты өтті.",
        "Its time passed before it could go.",
    ),
    "taken-back": ("Вы его отменили.", "Сіз оны қайтардыңыз.", "You took it back."),
    "opted-out": (
        "Собеседник попросил не писать.",
        "Адам жазбауды сұрады.",
        "They asked not to be written to.",
    ),
    "send-unanswered": (
        "WhatsApp не подтвердил отправку, и в чате сообщения нет.",
        "WhatsApp жіберуді растамады, чатта хабар жоқ.",
        "WhatsApp did not confirm it, and the chat does not have it.",
    ),
    "refused-by-whatsapp": (
        "WhatsApp не принял сообщение.",
        "WhatsApp хабарды қабылдамады.",
        "WhatsApp did not take it.",
    ),
}
_ELSE = (
    "Пока не получилось: мы пробуем снова.",
    "Әзірге болмады: қайта тырысудамыз.",
    "It did not work yet: we keep trying.",
)


def why(reason: str) -> Mapping[str, str]:
    """Why a message waits or was not sent, by language; nothing where there is no reason."""
    if not reason:
        return {}
    return dict(zip(("ru", "kk", "en"), _WHY.get(reason, _ELSE), strict=True))
