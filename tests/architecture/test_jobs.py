"""Work is ordered through jobs.py and done in tasks.py."""

import ast
import inspect
from importlib import import_module
from types import ModuleType

import pytest
from django.conf import settings

from cube_demper.celery import app as celery
from cube_demper.kernel.jobs import Job
from tests.architecture.source import APPS, HOME, Module, calls, modules

pytestmark = pytest.mark.unit

JOB_FILES = [Module(path) for app in APPS for path in (HOME / app).glob("jobs.py")]
OWN_WORDS = {"queue", "expires_s", "delay_s"}  # of enqueue itself
QUEUES = {
    "default",
    "whatsapp",
    "containers",
    "demper.push",
    "demper.0",
    "demper.1",
    "demper.2",
    "demper.3",
}


@pytest.fixture(scope="module", autouse=True)
def tasks():
    """The registered tasks of ours."""
    celery.autodiscover_tasks(force=True)
    return {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}


def imported(module: Module) -> ModuleType:
    return import_module(module.name.removesuffix(".py").replace("/", "."))


def orders():
    """Every order in a jobs.py: its job, and the arguments it carries."""
    for module in JOB_FILES:
        known = vars(imported(module))
        for call in calls(module.tree(), "enqueue"):
            job = known[ast.unparse(call.args[0])]
            arguments = {str(keyword.arg) for keyword in call.keywords} - OWN_WORDS
            yield pytest.param(job, arguments, id=job.name)


@pytest.mark.parametrize(("job", "arguments"), list(orders()))
def test_a_task_takes_what_its_job_brings(tasks, job, arguments):
    parameters = inspect.signature(tasks[job.name].run).parameters.values()

    named = [one for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY]
    required = {one.name for one in named if one.default is inspect.Parameter.empty}
    assert arguments <= {one.name for one in named}
    assert required <= arguments


def test_every_job_is_ordered_somewhere():
    jobs = {
        job.name
        for module in JOB_FILES
        for job in vars(imported(module)).values()
        if isinstance(job, Job)
    }

    assert jobs == {param.id for param in orders()}


def test_every_task_outlives_its_producers(tasks):
    strict = [
        name
        for name, task in tasks.items()
        if inspect.Parameter.VAR_KEYWORD
        not in {one.kind for one in inspect.signature(task.run).parameters.values()}
    ]

    assert strict == []


def test_every_task_is_named_by_its_app(tasks):
    assert [name for name, task in tasks.items() if name.split(".")[0] not in APPS] == []
    assert [
        name for name, task in tasks.items() if task.run.__module__ != f"{name.split('.')[0]}.tasks"
    ] == []


def test_every_task_is_a_job_or_on_the_timetable(tasks):
    jobs = {param.id for param in orders()}
    timetable = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert set(tasks) == jobs | timetable


@pytest.mark.parametrize(
    "entry", list(settings.CELERY_BEAT_SCHEDULE.values()), ids=lambda e: e["task"]
)
def test_the_timetable_orders_tasks_that_exist(tasks, entry):
    assert entry["task"] in tasks
    assert entry["options"]["queue"] in QUEUES
    assert entry["options"]["expires"] > 0


def test_work_is_ordered_in_one_place():
    elsewhere = [
        module.place(call.lineno)
        for module in modules(*APPS)
        if module.name != "cube_demper/kernel/jobs.py"
        for call in calls(module.tree(), "delay", "apply_async", "send_task")
    ]

    assert elsewhere == []


def test_orders_are_given_in_jobs_files_only():
    elsewhere = [
        module.place(call.lineno)
        for module in modules(*APPS)
        if module.path.name != "jobs.py"
        for call in calls(module.tree(), "enqueue")
    ]

    assert elsewhere == []
