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
