"""Say in a sentence, with the numbers in it, why a price is what it is: in three languages."""

from collections.abc import Mapping
from enum import StrEnum

from cube_demper.kernel.money import Money
from products.pricing.aims import whole_tenge
from products.pricing.model import Bound, Clamp, Decision, Reason, Rest


class Language(StrEnum):
    """What a seller reads."""

    RU = "ru"
    KK = "kk"
    EN = "en"


def explain(decision: Decision | Rest, language: Language = Language.RU) -> str:
    """One sentence for the seller: how the aim came about, then every bound that moved it."""
    words = _WORDS[language]
    if isinstance(decision, Rest):
        return f"{words[decision.reason]}."
    parts = [words[_how(decision)].format(**_numbers(decision))]
    parts += (_clamped(clamp, words) for clamp in decision.clamps)
    if not decision.clamps:
        parts.append(f"{words['lowest']} {decision.lowest}")
    if decision.is_cycling:
        parts.append(words["cycle"])
    return "; ".join(parts) + "."


def _how(decision: Decision) -> str:
    """How the aim came about, whatever held the price back afterwards."""
    rival = decision.rival
    if decision.reason in _HELD_BACK:
        if rival is None:
            return "asked"
        theirs = whole_tenge(rival.price)
        if decision.aim == theirs:
            return Reason.MATCHED
        return Reason.UNDERCUT if decision.aim < theirs else Reason.BEHIND
    if decision.reason is Reason.HELD_POSITION and rival is None:
        return "any_price"
    return decision.reason


_LONGEST_NAME = 60
_HELD_BACK = {Reason.AT_FLOOR, Reason.AT_CEILING, Reason.CLIMBING, Reason.QUIET_FIRST}


def _numbers(decision: Decision) -> dict[str, object]:
    numbers: dict[str, object] = {"aim": decision.aim, "position": decision.position}
    if decision.rival is not None:
        theirs = whole_tenge(decision.rival.price)
        apart = Money(abs(theirs.tiyn - decision.aim.tiyn))
        name = decision.rival.name
        short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
        numbers |= {"rival": short, "theirs": theirs, "apart": apart}
    return numbers


def _clamped(clamp: Clamp, words: Mapping[str, str]) -> str:
    return f"{words[clamp.bound]}: {clamp.before} → {clamp.after}"


_EN = {
    Reason.UNDERCUT: "Rival {rival} {theirs} − step {apart} = {aim}",
    Reason.MATCHED: "The same as rival {rival}: {theirs}",
    Reason.BEHIND: "Rival {rival} {theirs} + step {apart} = {aim}",
    Reason.HELD_POSITION: "Rival {rival} {theirs} − step {apart} = {aim}, place {position}",
    Reason.PREMIUM: "Rival {rival} {theirs} + {apart} for the better rating = {aim}",
    Reason.CREPT: "Just under the price at which rival {rival} answered before: {aim}",
    Reason.BEST_PLACE: "First is below the floor; rival {rival} {theirs} − step {apart} = {aim}",
    Reason.GAVE_WAY: "First is below the floor, rival {rival} asks {theirs}: the ceiling, {aim}",
    Reason.ALONE: "No rival on the card: the ceiling, {aim}",
    Reason.KEPT: "No rival on the card: the price stays, {aim}",
    Reason.FIXED: "A fixed price, {aim}",
    Reason.SAT_OUT: "A price war is sat out at {aim}",
    Reason.RETREATED: "A price war: up to {aim}, to see whether the rival follows",
    Reason.EMPTY: "Nothing is published: no price lies above the floors and below the ceiling",
    Reason.OFF: "Nothing is published: the product is paused",
    Reason.ASLEEP: "Nothing is published outside the working hours",
    Reason.SOLD_OUT: "Nothing is published: there is none left",
    "any_price": "Fewer rivals than places: the ceiling, {aim}",
    "asked": "Wanted: {aim}",
    "lowest": "floor",
    "cycle": "prices on this card go round: down by small steps for days, then up at once",
    Bound.FLOOR: "floor",
    Bound.MARGIN_FLOOR: "floor of costs and margin",
    Bound.KASPI_MINIMUM: "Kaspi's lowest price",
    Bound.CEILING: "ceiling",
    Bound.BIGGEST_MOVE: "biggest move at once",
    Bound.ENDING: "price ending",
    Bound.LOW_STOCK: "little is left",
    Bound.SLOW_GOODS: "no sale for long",
    Bound.CLIMB: "up by steps",
    Bound.QUIET: "waits until rivals hold",
}
_RU = {
    Reason.UNDERCUT: "Соперник {rival} {theirs} − шаг {apart} = {aim}",
    Reason.MATCHED: "Как у соперника {rival}: {theirs}",
    Reason.BEHIND: "Соперник {rival} {theirs} + шаг {apart} = {aim}",
    Reason.HELD_POSITION: "Соперник {rival} {theirs} − шаг {apart} = {aim}, место {position}",
    Reason.PREMIUM: "Соперник {rival} {theirs} + {apart} за лучший рейтинг = {aim}",
    Reason.CREPT: "Чуть ниже цены, на которую раньше ответил соперник {rival}: {aim}",
    Reason.BEST_PLACE: "Первым нельзя, ниже минимума; соперник {rival} {theirs} − {apart} = {aim}",
    Reason.GAVE_WAY: "Первым нельзя, соперник {rival} просит {theirs}: максимум, {aim}",
    Reason.ALONE: "Соперников в карточке нет: максимум, {aim}",
    Reason.KEPT: "Соперников в карточке нет: цена остаётся, {aim}",
    Reason.FIXED: "Постоянная цена, {aim}",
    Reason.SAT_OUT: "Пережидаем ценовую войну на {aim}",
    Reason.RETREATED: "Ценовая война: отходим на {aim} и смотрим, поднимется ли соперник",
    Reason.EMPTY: "Ничего не публикуем: между минимумом и максимумом нет ни одной цены",
    Reason.OFF: "Ничего не публикуем: товар на паузе",
    Reason.ASLEEP: "Ничего не публикуем: сейчас нерабочие часы",
    Reason.SOLD_OUT: "Ничего не публикуем: товар закончился",
    "any_price": "Соперников меньше, чем мест: максимум, {aim}",
    "asked": "Хотели: {aim}",
    "lowest": "минимум",
    "cycle": "цены в карточке ходят по кругу: днями вниз мелкими шагами, потом сразу вверх",
    Bound.FLOOR: "минимум",
    Bound.MARGIN_FLOOR: "минимум по затратам и марже",
    Bound.KASPI_MINIMUM: "наименьшая цена на Kaspi",
    Bound.CEILING: "максимум",
    Bound.BIGGEST_MOVE: "наибольший шаг за раз",
    Bound.ENDING: "окончание цены",
    Bound.LOW_STOCK: "осталось мало",
    Bound.SLOW_GOODS: "давно нет продаж",
    Bound.CLIMB: "вверх по шагам",
    Bound.QUIET: "ждём, пока соперники удержат цену",
}
_KK = {
    Reason.UNDERCUT: "Бәсекелес {rival} {theirs} − қадам {apart} = {aim}",
    Reason.MATCHED: "Бәсекелес {rival} бағасындай: {theirs}",
    Reason.BEHIND: "Бәсекелес {rival} {theirs} + қадам {apart} = {aim}",
    Reason.HELD_POSITION: "Бәсекелес {rival} {theirs} − қадам {apart} = {aim}, {position}-орын",
    Reason.PREMIUM: "Бәсекелес {rival} {theirs} + жақсырақ рейтинг үшін {apart} = {aim}",
    Reason.CREPT: "Бәсекелес {rival} бұрын жауап берген бағадан сәл төмен: {aim}",
    Reason.BEST_PLACE: "Бірінші болу мүмкін емес; бәсекелес {rival} {theirs} − {apart} = {aim}",
    Reason.GAVE_WAY: "Бірінші болу мүмкін емес, {rival} {theirs} сұрайды: максимум, {aim}",
    Reason.ALONE: "Карточкада бәсекелес жоқ: максимум, {aim}",
    Reason.KEPT: "Карточкада бәсекелес жоқ: баға өзгермейді, {aim}",
    Reason.FIXED: "Тұрақты баға, {aim}",
    Reason.SAT_OUT: "Баға соғысын {aim} бағасында күтеміз",
    Reason.RETREATED: "Баға соғысы: {aim} бағасына шегініп, бәсекелестің көтерілуін бақылаймыз",
    Reason.EMPTY: "Ештеңе жарияланбайды: минимум мен максимум арасында баға жоқ",
    Reason.OFF: "Ештеңе жарияланбайды: тауар тоқтатылған",
    Reason.ASLEEP: "Ештеңе жарияланбайды: қазір жұмыс уақыты емес",
    Reason.SOLD_OUT: "Ештеңе жарияланбайды: тауар таусылды",
    "any_price": "Бәсекелестер орындардан аз: максимум, {aim}",
    "asked": "Қалаған баға: {aim}",
    "lowest": "минимум",
    "cycle": "бағалар айналып жүр: күндер бойы ұсақ қадаммен төмен, сосын бірден өседі",
    Bound.FLOOR: "минимум",
    Bound.MARGIN_FLOOR: "шығын мен маржа бойынша минимум",
    Bound.KASPI_MINIMUM: "Kaspi-дегі ең төмен баға",
    Bound.CEILING: "максимум",
    Bound.BIGGEST_MOVE: "бір реттік ең үлкен қадам",
    Bound.ENDING: "бағаның соңы",
    Bound.LOW_STOCK: "аз қалды",
    Bound.SLOW_GOODS: "көптен сатылмады",
    Bound.CLIMB: "қадамдап жоғары",
    Bound.QUIET: "бәсекелестер бағаны ұстағанша күтеміз",
}
_WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.RU: _RU,
    Language.KK: _KK,
    Language.EN: _EN,
}
