"""What we promise, measured: `python -m bench` lists it."""
