"""`make run` and the servers behind `make test`: everything on one machine, in one terminal.

Standard library only. What is started here must be able to say why Django cannot start.
"""
