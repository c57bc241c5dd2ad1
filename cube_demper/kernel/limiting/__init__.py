"""Request budgets shared by every process."""
