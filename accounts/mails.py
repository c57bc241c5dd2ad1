"""What we write to people: short, in Russian and in Kazakh. A link says the rest."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import send_mail

_RESET = """\
Чтобы задать новый пароль, откройте в течение часа:
Жаңа құпиясөз орнату үшін бір сағат ішінде ашыңыз:

{link}

Если вы этого не просили, ничего делать не нужно: пароль прежний.
Егер сіз сұрамаған болсаңыз, ештеңе істеудің қажеті жоқ: құпиясөз өзгерген жоқ.
"""
_KNOWN = """\
Кто-то, возможно вы, регистрируется у нас с этим адресом. Учётная запись уже есть: войдите.
Біреу, мүмкін сіз, осы мекенжаймен тіркелмек болды. Есептік жазба бұрыннан бар: кіріңіз.

Если забыли пароль, откройте в течение часа:
Құпиясөзді ұмытсаңыз, бір сағат ішінде ашыңыз:

{link}

Если это были не вы, ничего делать не нужно: пароль прежний.
Егер бұл сіз болмасаңыз, ештеңе істеудің қажеті жоқ: құпиясөз өзгерген жоқ.
"""
_PROOF = """\
Чтобы подтвердить этот адрес, откройте в течение двух суток:
Осы мекенжайды растау үшін екі тәулік ішінде ашыңыз:

{link}

Если вы у нас не регистрировались, ничего делать не нужно.
Егер сіз бізде тіркелмеген болсаңыз, ештеңе істеудің қажеті жоқ.
"""
_INVITATION = """\
{seller} приглашает вас помогать на Cube Demper. Войдите или зарегистрируйтесь и откройте:
{seller} сізді Cube Demper-де көмектесуге шақырады. Кіріңіз немесе тіркеліңіз де, ашыңыз:

{link}

Ссылка действует неделю. Если вы не знаете, о чём речь, ничего делать не нужно.
Сілтеме бір апта жарамды. Не туралы екенін білмесеңіз, ештеңе істеудің қажеті жоқ.
"""


def send_reset(*, to: str, secret: str) -> None:
    """Send what opens ``POST /auth/password/reset/confirm`` once."""
    _send(to, "Новый пароль · Жаңа құпиясөз", _RESET, page="reset-password", secret=secret)


def send_known(*, to: str, secret: str) -> None:
    """Tell who registers again that there is an account, with what ``send_reset`` sends."""
    subject = "Учётная запись уже есть · Есептік жазба бұрыннан бар"
    _send(to, subject, _KNOWN, page="reset-password", secret=secret)


def send_proof(*, to: str, secret: str) -> None:
    """Send what opens ``POST /auth/email/verify`` once."""
    _send(to, "Подтвердите адрес · Мекенжайды растаңыз", _PROOF, page="verify-email", secret=secret)


def send_invitation(*, to: str, seller: str, secret: str) -> None:
    """Send what opens ``POST /auth/team/accept`` once."""
    subject = "Приглашение · Шақыру"
    words = {"seller": seller or "Cube Demper"}
    _send(to, subject, _INVITATION, page="join-team", secret=secret, **words)


def _send(to: str, subject: str, text: str, *, page: str, secret: str, **words: str) -> None:
    # Behind the #, so that the secret stands in no server's log.
    link = f"{settings.APP_URL}/{page}#{urlencode({'token': secret})}"
    send_mail(f"Cube Demper: {subject}", text.format(link=link, **words), None, [to])
