"""The ladder of deadlines, in seconds: each rung is shorter than the next.

A network phase and a call are bounded in ``kaspi/clients``; a look by LOOK_S, the reading before a
push by READ_S and its sending by PUSH_S; then the batch, Celery's soft and hard limits, and at last
the lease, after which the rows are anybody's. Source of the idea: a timeout that is not ordered
cancels the wrong thing.
"""

READ_S = 10.0
LOOK_S = 20.0
PUSH_S = 25.0
BATCH_S = 40.0
SOFT_LIMIT_S = 48
HARD_LIMIT_S = 54
LEASE_S = 60.0
