"""What may be bought, who bought it, and the money that moved."""

from billing.models.plans import FREE, Addon, Period, Plan, PlanVersion, PromoCode

__all__ = ["FREE", "Addon", "Period", "Plan", "PlanVersion", "PromoCode"]
