"""Places at the assistants: an answer keeps a thread of the web process, so they are few."""

from ai.errors import AnswerPlacesFull, TooManyAnswers
from news.seats import Seats

SEATS = Seats(too_many=TooManyAnswers, full=AnswerPlacesFull)
