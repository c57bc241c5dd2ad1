from ai.models.usage import CallState, DaySpending, ModelCall, MonthSpending

__all__ = ["CallState", "DaySpending", "ModelCall", "MonthSpending"]
