"""`manage.py kaspi_sync STORE [--now]`: read a store's catalogue, and see how far it is."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from cube_demper.kernel.errors import DomainError
from kaspi.errors import SyncUnderWay
from kaspi.models import OPEN_JOB_STATES, Job, JobState, Store
from kaspi.selectors import named_store, open_job_of
from kaspi.services import syncs
from products.services.catalogue import sync_catalogue

_LOOK_S = 0.5


class Command(BaseCommand):
    help = "Read a store's catalogue from its cabinet. By default a worker does it, and we watch."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("store", metavar="STORE", help="its id here, or its id at Kaspi")
        parser.add_argument("--now", action="store_true", help="read it in this process")

    @override
    def handle(self, *args: Any, store: str, now: bool, **options: Any) -> None:
        try:
            found = named_store(store)
            job = self._read(found) if now else self._watch(found)
        except DomainError as error:
            raise CommandError(error.detail) from None
        if job.state != JobState.DONE:
            raise CommandError(f"{job.reason}: {job.detail}")
        left_out = f", {job.left_out:,} left out" if job.left_out else ""
        self.stdout.write(f"{job.done:,} listings read{left_out}.")

    def _read(self, store: Store) -> Job:
        job = syncs.open_sync(store=store, now=timezone.now())
        sync_catalogue(job_id=job.pk, clock=timezone.now, tell=lambda *_: self._say(job))
        job.refresh_from_db()
        return job

    def _watch(self, store: Store) -> Job:
        try:
            job = syncs.begin_sync(store=store, now=timezone.now())
        except SyncUnderWay:
            job = open_job_of(store)
        while job.state in OPEN_JOB_STATES:
            self._say(job)
            time.sleep(_LOOK_S)
        return job

    def _say(self, job: Job) -> None:
        """Say how far it is, where that has changed."""
        before = (job.state, job.done, job.total)
        job.refresh_from_db()
        if (job.state, job.done, job.total) == before or job.total is None:
            return
        now = timezone.now()
        rate, eta = job.rate_at(now), job.eta_at(now)
        left = "" if eta is None else f", {eta:.0f} s left"
        self.stdout.write(f"{job.done:,} of {job.total:,}, {rate or 0:.0f} a second{left}")
