"""The pricing heart: pure arithmetic over frozen values, readable by a merchant's accountant."""
