"""Builds the web application, and tells lower rooms by name what they must not import."""

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from config import ROOT, Config
from portal import logs, storage
from portal.accounts import sessions as account_sessions
from portal.accounts.views import furnish as furnish_accounts
from portal.accounts.views import pages as account_pages
from portal.alerts import stops
from portal.alerts.views import furnish as furnish_alerts
from portal.alerts.views import pages as alert_pages
from portal.alerts.views import stop as one_click_stop
from portal.calibration.views import furnish as furnish_calibration
from portal.calibration.views import pages as calibration_pages
from portal.commitments.views import furnish as furnish_commitments
from portal.commitments.views import pages as commitment_pages
from portal.contracts.views import furnish as furnish_contracts
from portal.contracts.views import organisation_aside as organisation_contracts
from portal.contracts.views import pages as contract_pages
from portal.declarations import fingerprints
from portal.declarations.views import furnish as furnish_declarations
from portal.declarations.views import pages as declaration_pages
from portal.desks.cockpit.views import furnish as furnish_cockpit
from portal.desks.cockpit.views import pages as cockpit_pages
from portal.desks.views import pages as desk_pages
from portal.directory.views import furnish as furnish_directory
from portal.directory.views import pages as directory_pages
from portal.forecast.views import furnish as furnish_forecast
from portal.forecast.views import pages as forecast_pages
from portal.groupements.views import furnish as furnish_groupements
from portal.groupements.views import pages as groupement_pages
from portal.indicators.views import pages as result_pages
from portal.kernel import clock
from portal.matching.views import furnish as furnish_matching
from portal.opendata.views import data as open_data
from portal.opendata.views import furnish as furnish_open_data
from portal.opendata.views import pages as open_data_pages
from portal.pieces import files
from portal.programmes.views import furnish as furnish_programmes
from portal.programmes.views import pages as programme_pages
from portal.reminders.furniture import furnish as furnish_reminders
from portal.requests.views import furnish as furnish_requests
from portal.requests.views import pages as request_pages
from portal.sourcing.support.views import furnish as furnish_support
from portal.sourcing.support.views import pages as support_pages
from portal.sourcing.views import furnish as furnish_sourcing
from portal.sourcing.views import pages as sourcing_pages
from portal.stories.views import furnish as furnish_stories
from portal.stories.views import pages as story_pages
from portal.supervision.views import pages as supervision_pages
from portal.vocabulary import Permission
from portal.web import access, addresses, errors, headers, pages, requests, static_files
from portal.web.access import SIGNED_IN, reserved_to
from portal.web.navigation import Entry, navigation
from portal.web.public_pages import pages as public_pages
from portal.web.slots import slots


def create_app(config: Config, *, engine: Engine | None = None) -> Flask:
    """The portal, ready to serve; `engine` when the caller has already bound a database."""
    app = Flask("portal", root_path=str(ROOT), static_folder="static", template_folder="templates")
    _configure(app, config)
    addresses.bound_numbers(app)
    if config.demo_origin is not None:
        clock.run_from(config.demo_starts_at, config.demo_origin)
    if engine is None:
        engine = storage.make_engine(config.database_url, pool_size=config.pool_size)
        storage.bind(engine)
    logs.configure(config.log_format)
    requests.log_requests(app)
    _sign_in(app)
    fingerprints.use(config)
    files.use(config)
    stops.use(config)
    app.before_request(access.guard)
    CSRFProtect(app).exempt(one_click_stop)
    errors.register_errors(app)
    headers.add_headers(app, https=config.cookie_secure)
    static_files.address_by_content(app)
    pages.register_templates(app)
    _furnish(app)
    if config.trusted_proxies:
        n = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, config: Config) -> None:
    app.config.update(
        AMONT=config,
        TESTING=config.environment == "test",
        PROPAGATE_EXCEPTIONS=False,
        SECRET_KEY=config.secret_key,
        SECRET_KEY_FALLBACKS=list(config.secret_key_fallbacks),
        SESSION_COOKIE_NAME="__Host-amont" if config.cookie_secure else "amont",
        SESSION_COOKIE_SECURE=config.cookie_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=list(config.allowed_hosts),
        MAX_CONTENT_LENGTH=_BODY_PER_FILE * config.max_upload_bytes,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=config.cookie_secure,
    )


_BODY_PER_FILE = 2
"""A file that is a little too large is told so on its field, with the rest of the form; beyond, a page says it."""


def _sign_in(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(account_sessions.load)
    manager.init_app(app, add_context_processor=False)
    account_sessions.register(app)


def _furnish(app: Flask) -> None:
    """Blueprints, header, slots: what each room offers, in the order of the header."""
    for blueprint in (
        public_pages,
        desk_pages,
        cockpit_pages,
        forecast_pages,
        alert_pages,
        programme_pages,
        request_pages,
        contract_pages,
        groupement_pages,
        calibration_pages,
        sourcing_pages,
        declaration_pages,
        commitment_pages,
        result_pages,
        story_pages,
        open_data_pages,
        open_data,
        support_pages,
        directory_pages,
        account_pages,
        supervision_pages,
    ):
        app.register_blueprint(blueprint)
    navigation.add(Entry("Accueil", "desks.home", SIGNED_IN))
    navigation.add(Entry("Programmation", "forecast.index", below=("forecast.show", "forecast.lot")))
    navigation.add(Entry("Mes achats", "forecast.projects", reserved_to(Permission.FORECAST_READ), below=_BUYERS_PAGES))
    navigation.add(Entry("Résultats", "indicators.index", below=_RESULT_PAGES))
    furnish_cockpit()
    furnish_requests()
    furnish_groupements()
    furnish_calibration()
    furnish_sourcing()
    furnish_contracts()
    furnish_forecast()
    furnish_open_data()
    furnish_alerts()
    furnish_matching()
    furnish_programmes()
    furnish_declarations()
    furnish_commitments()
    furnish_stories()
    furnish_support()
    furnish_directory()
    furnish_accounts()
    slots.add("organisation.aside", organisation_contracts)
    furnish_reminders()
    navigation.add(Entry("Supervision", "supervision.index", reserved_to(Permission.SUPERVISION), below=_JOURNAL))


_BUYERS_PAGES = (
    "forecast.create",
    "forecast.overview",
    "forecast.edit",
    "forecast.publish",
    "forecast.drop",
    "forecast.add_lot",
    "forecast.edit_lot",
    "forecast.remove_lot",
    "forecast.slip",
    "forecast.open_tender",
    "forecast.award",
    "forecast.close_lot",
    "forecast.to_check",
    "forecast.checks",
    "forecast.check_lever",
    "forecast.step",
    "forecast.schedule",
    "forecast.settings",
    "stories.mine",
    "stories.write",
    "stories.overview",
    "stories.revise",
    "stories.note",
    "stories.withdraw",
    "programmes.bring",
    "programmes.columns",
    "programmes.answer",
)
_RESULT_PAGES = ("indicators.year", "indicators.figure", "indicators.freeze")
_JOURNAL = ("supervision.journal",)
