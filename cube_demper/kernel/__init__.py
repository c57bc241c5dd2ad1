"""What every app may lean on, and what knows no app."""
