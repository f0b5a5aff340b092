"""The timetable, and the process that wakes its jobs up.

APScheduler only wakes up: what makes a job run once per planned instant is the unique key of its run, and what was
missed while nobody led is found in the database. This process never loads the web application.
"""

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import FrameType
from typing import NoReturn

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from sqlalchemy.exc import DBAPIError

from config import ROOT, Config
from portal import jobs, outbox
from portal.accounts import emails as accounts_emails
from portal.accounts import keys as accounts_keys
from portal.alerts import emails as alerts_emails
from portal.alerts import stops
from portal.alerts.jobs import alert
from portal.calibration import emails as calibration_emails
from portal.contracts import emails as contracts_emails
from portal.declarations import emails as declarations_emails
from portal.declarations import emails_of_parts as parts_emails
from portal.declarations import fingerprints
from portal.declarations.jobs import open_months
from portal.declarations.services import evidence
from portal.desks.cockpit import emails as cockpit_emails
from portal.forecast import emails as forecast_emails
from portal.forecast.jobs import publish_scheduled, refresh_list
from portal.groupements import emails as groupements_emails
from portal.groupements.buyer import emails as buyer_emails
from portal.groupements.changes import emails as composition_emails
from portal.groupements.documents import services as documents
from portal.groupements.jobs import close_over, remind_invitations
from portal.jobs import Counts, Job, Leadership, Retention
from portal.jobs.queries import missing
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.filters import FILTERS
from portal.outbox.jobs import delivery
from portal.pieces import files
from portal.pieces.jobs import sweeping
from portal.reminders import emails as reminders_emails
from portal.reminders.capacities import emails as capacities_emails
from portal.reminders.capacities.jobs import ask_again
from portal.reminders.jobs import remind
from portal.requests import emails as requests_emails
from portal.sourcing import emails as sourcing_emails
from portal.storage import reading
from portal.stories import emails as stories_emails
from portal.vocabulary import JobName, RunState

RETENTIONS = (
    Retention("idempotency_key", "created_at", timedelta(days=7), "formulaires déjà traités"),
    Retention("kept_form", "created_at", timedelta(days=2), "formulaires en attente"),
    Retention("upload", "expires_at", timedelta(0), "fichiers lus, sans réponse ou à corriger"),
    Retention("programme_file", "expires_at", timedelta(0), "programmes lus, repris ou sans réponse"),
    Retention("throttle", "window_start", timedelta(days=7), "compteurs d’essais"),
    Retention("sign_up", "created_at", timedelta(days=30), "demandes de compte"),
    Retention("password_reset", "created_at", timedelta(days=30), "liens de mot de passe"),
    Retention("invitation", "expires_at", timedelta(days=90), "invitations expirées"),
    Retention("login_session", "created_at", timedelta(days=800), "sessions closes"),
    Retention("import_progress", "at", timedelta(days=90), "imports abandonnés"),
    Retention("job_run", "planned_at", timedelta(days=2), "passages du facteur", only={"job": "outbox"}),
    Retention("job_run", "planned_at", timedelta(days=8), "passages des alertes", only={"job": "alerts"}),
    Retention("job_run", "planned_at", timedelta(days=400), "passages des autres tâches"),
)

KEEPERS = (evidence.KEEPER, documents.KEEPER)
"""Every room that keeps files, and what it lets go of."""

_stopping = threading.Event()

log = structlog.get_logger()


def timetable(config: Config) -> tuple[Job, ...]:
    """Every job, and when it is due: Paris time."""
    return (
        _job(JobName.OUTBOX, {"second": "*/10"}, delivery(_smtp(config), _stopping.is_set)),
        _job(JobName.ALERTS, {"minute": "*/5"}, alert),
        _job(JobName.MONTHS, {"hour": 0, "minute": 20}, open_months),
        _job(JobName.GROUPEMENTS, {"hour": 1, "minute": 30}, close_over),
        _job(JobName.INVITATIONS, {"hour": 8, "minute": 10}, remind_invitations),
        _job(JobName.PUBLICATION, {"minute": 0}, publish_scheduled),
        _job(JobName.FORECAST, {"hour": 2, "minute": 30}, refresh_list),
        _job(JobName.FILES, {"hour": 3}, sweeping(KEEPERS)),
        _job(JobName.CAPACITIES, {"hour": 7, "minute": 50}, ask_again),
        _job(JobName.REMINDERS, {"hour": 8}, remind),
        _job(JobName.PURGE, {"hour": 3, "minute": 30}, partial(jobs.purge, RETENTIONS)),
    )


def _job(name: JobName, schedule: Mapping[str, int | str], act: Callable[[datetime, bool], Counts]) -> Job:
    return Job(name.value, schedule, act, name.label)


def run_job(config: Config, name: str, *, dry_run: bool, now: datetime) -> Counts:
    """Run one job by hand, as if it were `now`; its run is recorded like any other, a dry run is not.

    Raises NotFound when no job has this name, JobFailed when the job fails.
    """
    prepare(config)
    job = _called(name, timetable(config))
    if dry_run:
        return job.act(now, True)
    run = jobs.run(job, clock.utc_now(), now)
    if run is None or run.state is not RunState.DONE:
        raise JobFailed(run.error if run is not None else None)
    return run.counts or {}


class JobFailed(Exception):
    """A job run by hand did not end well; the message says why."""


def run_forever(config: Config) -> NoReturn:
    """Wake the timetable's jobs up whenever this process leads, until SIGTERM or SIGINT."""
    prepare(config)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    waker = _Waker(timetable(config), Leadership(config.database_url))
    signal.signal(signal.SIGTERM, _leave)
    try:
        waker.start()
    except (KeyboardInterrupt, SystemExit):
        log.info("scheduler stopping")
    _stopping.set()
    waker.stop()
    raise SystemExit(0)


def prepare(config: Config) -> None:
    """Tell this process how mails are composed and with which keys."""
    accounts_keys.use(config)
    fingerprints.use(config)
    files.use(config)
    stops.use(config)
    accounts_emails.register()
    calibration_emails.register()
    forecast_emails.register()
    groupements_emails.register()
    composition_emails.register()
    buyer_emails.register()
    contracts_emails.register()
    declarations_emails.register()
    parts_emails.register()
    reminders_emails.register()
    capacities_emails.register()
    sourcing_emails.register()
    requests_emails.register()
    alerts_emails.register()
    stories_emails.register()
    cockpit_emails.register()
    outbox.configure(
        ROOT / "templates",
        config.base_url,
        filters=FILTERS,
        portal_name=config.portal_name,
    )


class _Waker:
    def __init__(self, timetable_: tuple[Job, ...], leadership: Leadership) -> None:
        self._jobs = timetable_
        self._leadership = leadership
        self._leads = False
        self._scheduler = BlockingScheduler(
            timezone=clock.PARIS, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for job in timetable_:
            self._scheduler.add_job(self._fire, job.trigger, args=[job], id=job.name)
        at_once = clock.real_utc_now()
        self._scheduler.add_job(self._watch, "cron", second="5/10", id="watch", next_run_time=at_once)

    def start(self) -> None:
        log.info("scheduler started", jobs=[job.name for job in self._jobs])
        self._scheduler.start()

    def stop(self) -> None:
        """Let jobs under way end, then let another scheduler lead."""
        self._scheduler.shutdown(wait=True)
        self._leadership.release()

    def _fire(self, job: Job) -> None:
        now = clock.utc_now()
        planned_at = job.planned_at(now)
        if planned_at is None or not (self._leads and self._leadership.held()):
            return
        try:
            jobs.run(job, planned_at, now)
        except DBAPIError:
            log.warning("database away, job not run", job=job.name)

    def _watch(self) -> None:
        """Take the lead when nobody has it, and wake up what nobody ran when it was due."""
        led, self._leads = self._leads, self._leadership.held()
        if not self._leads:
            return
        try:
            self._catch_up(newly_leading=not led)
        except DBAPIError:
            log.warning("database away, nothing to catch up")

    def _catch_up(self, *, newly_leading: bool) -> None:
        if newly_leading:
            log.info("scheduler leads", interrupted=jobs.close_interrupted())
        with reading() as session:
            missed = missing(session, self._jobs, clock.utc_now())
        for job in missed:
            self._scheduler.modify_job(job.name, next_run_time=clock.real_utc_now())


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _called(name: str, jobs_: tuple[Job, ...]) -> Job:
    for job in jobs_:
        if job.name == name:
            return job
    raise NotFound(f"Aucune tâche ne s’appelle « {name} ». Il y a : {', '.join(job.name for job in jobs_)}.")


def _smtp(config: Config) -> outbox.SmtpSettings:
    return outbox.SmtpSettings(
        host=config.smtp_host,
        port=config.smtp_port,
        mail_from=config.mail_from,
        user=config.smtp_user,
        password=config.smtp_password,
        tls=config.smtp_tls,
        timeout_seconds=config.smtp_timeout_seconds,
    )
