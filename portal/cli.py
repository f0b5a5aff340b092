"""The command line: what an operator does without a browser."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from config import ROOT, Config, ConfigError
from portal import logs, scheduler, storage
from portal.accounts import keys as accounts_keys
from portal.accounts import rules as accounts_rules
from portal.accounts.services.administration import NewAdministrator, make_administrator
from portal.contracts.decp import import_decp
from portal.contracts.expenses import import_expenses
from portal.contracts.orders import import_orders
from portal.directory import rules as directory_rules
from portal.directory import services as directory
from portal.groupements import queries as groupements
from portal.groupements.queries import Verified
from portal.indicators import services as indicators
from portal.indicators.facts import Term
from portal.intake import Bar, ImportReport, ImportRun, UnusableFile
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import NotFound, RuleViolation, Unreadable
from portal.kernel.french import format_instant, plural, typo
from portal.kernel.siret import parse_siret
from portal.programmes.importing import import_programme
from portal.storage import migrations


def _connected() -> Config:
    """The settings, with this process bound to their database. Ends the command with a sentence when one is missing."""
    try:
        config = Config.from_env()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    logs.configure(config.log_format)
    if config.demo_origin is not None:
        clock.run_from(config.demo_starts_at, config.demo_origin)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    storage.bind(storage.make_engine(config.database_url, pool_size=config.pool_size))
    return config


@click.group()
def main() -> None:
    """Amont : la programmation des achats, les groupements, le suivi de l’exécution."""
    os.umask(0o077)  # the database and what the portal writes beside it are nobody else's


@main.command()
def migrate() -> None:
    """Amener la base de données à la dernière version de son schéma."""
    config = _connected()
    migrations.migrate(storage.make_engine(config.database_url, pool_size=1))
    with storage.unit_of_work() as session:
        directory.load_reference(session)
    click.echo("Base de données à jour.")


@main.command("create-admin")
@click.argument("email")
@click.option("--siret", required=True, help="L’organisation de cette personne ; inscrite comme acheteur si besoin.")
@click.option("--organisation", help="Son nom, si l’annuaire ne la connaît pas encore.")
@click.option("--name", help="Prénom et nom ; par défaut, le début de l’adresse.")
def create_admin(email: str, siret: str, organisation: str | None, name: str | None) -> None:
    """Donner le rôle d’administrateur, et un lien pour choisir un mot de passe."""
    config = _connected()
    accounts_keys.use(config)
    try:
        address = accounts_rules.parse_email(email)
        wanted = NewAdministrator(address, name or address.partition("@")[0], parse_siret(siret), organisation)
        with storage.unit_of_work() as session:
            token = make_administrator(session, wanted, now=clock.utc_now())
    except (Unreadable, RuleViolation) as problem:
        raise click.ClickException(problem.sentence) from problem
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(
            "La base de données n’est pas prête : lancez « python -m portal migrate »."
        ) from error
    click.echo(f"{address} administre le portail.")
    if token is not None:
        click.echo(
            f"Mot de passe à choisir dans les 24 heures, une seule fois :\n{config.base_url}/mot-de-passe/{token}"
        )


@main.command("organisation")
@click.argument("siret")
@click.option("--name", help="Son nom, si l’annuaire ne la connaît pas encore.")
@click.option("--kind", help="Ce qu’elle est : network, buyer, facilitation, company, EI, ESAT…")
@click.option("--since", help="Le premier jour de --kind, AAAA-MM-JJ.")
@click.option("--end-kind", "ended_kind", help="Ce qu’elle cesse d’être.")
@click.option("--on", "ended_on", help="Le dernier jour de --end-kind, AAAA-MM-JJ.")
@click.option("--esus-from", help="Le premier jour de son agrément ESUS, AAAA-MM-JJ.")
@click.option("--esus-until", help="Le dernier jour de son agrément ESUS, AAAA-MM-JJ.")
def settle_organisation(**typed: str | None) -> None:
    """Dire ce qu’est une organisation, depuis quand, jusqu’à quand. Le redire ne change plus rien."""
    _connected()
    try:
        told = directory.ToldOrganisation(
            **{option: _OPTIONS[option](text) for option, text in typed.items() if text is not None}
        )
        with storage.unit_of_work() as session:
            organisation = directory.settle_organisation(session, told, actor=SYSTEM, now=clock.utc_now())
            lines = organisation.summary
    except (Unreadable, RuleViolation) as problem:
        raise click.ClickException(typo(problem.sentence)) from problem
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(typo(_NOT_MIGRATED)) from error
    for line in lines:
        click.echo(typo(line))


@main.command("mandat")
@click.argument("siret")
@click.argument("name")
@click.argument("start")
@click.argument("end", required=False)
def tell_mandate(siret: str, name: str, start: str, end: str | None) -> None:
    """Dire un mandat de l’assemblée d’un acheteur : son nom, son premier jour, et le dernier s’il est connu.

    Les dates s’écrivent AAAA-MM-JJ. Redire le même premier jour change le nom et la fin.
    """
    _connected()
    try:
        ends_on = directory_rules.parse_day(end) if end else None
        term = Term(name.strip(), directory_rules.parse_day(start), ends_on)
        with storage.unit_of_work() as session:
            lines = indicators.tell_mandate(session, parse_siret(siret), term, actor=SYSTEM, now=clock.utc_now())
    except (Unreadable, RuleViolation) as problem:
        raise click.ClickException(typo(problem.sentence)) from problem
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(typo(_NOT_MIGRATED)) from error
    for line in lines:
        click.echo(line)


_NOT_MIGRATED = "La base de données n’est pas prête : lancez « python -m portal migrate »."

_OPTIONS: dict[str, Callable[[str], Any]] = {
    "siret": parse_siret,
    "name": str,
    "kind": directory_rules.parse_kind,
    "ended_kind": directory_rules.parse_kind,
    "since": directory_rules.parse_day,
    "ended_on": directory_rules.parse_day,
    "esus_from": directory_rules.parse_day,
    "esus_until": directory_rules.parse_day,
}
"""How each word of `organisation` is read."""


@main.command("run-job")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait fait, sans rien faire.")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="Comme si l’on était ce jour-là, à midi.")
def run_job(name: str, dry_run: bool, on: datetime | None) -> None:
    """Lancer une fois une tâche planifiée."""
    config = _connected()
    now = clock.utc_now() if on is None else on.replace(hour=12, tzinfo=clock.PARIS)
    try:
        counts = scheduler.run_job(config, name, dry_run=dry_run, now=now)
    except (NotFound, scheduler.JobFailed) as problem:
        raise click.ClickException(str(problem)) from problem
    for label, count in counts.items():
        click.echo(f"{label} : {count}")


@main.command("verify")
def verify_seals() -> None:
    """Relire tous les sceaux des groupements ; échoue si l’un d’eux ne répond plus à ce qui a été accepté."""
    _connected()
    seals = altered = 0
    try:
        with storage.reading() as session:
            for each in groupements.verify_all(session, clock.utc_now()):
                seals += 1
                if not each.verdict.is_intact:
                    altered += 1
                    click.echo(typo(_altered(each)), err=True)
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(typo(_NOT_MIGRATED)) from error
    if altered:
        raise click.ClickException(typo(f"{plural(altered, 'sceau', 'sceaux')} sur {seals} : altéré."))
    click.echo(typo(f"Sceaux relus : {seals}, tous intacts."))


def _altered(each: Verified) -> str:
    """Which one, and no more: who runs the portal reads neither parts nor tasks; the members read what differs."""
    at = f" du {format_instant(each.seal.sealed_at)}" if each.seal else ""
    told = plural(len(each.verdict.differences), "différence")
    return f"« {each.groupement.name} » ({each.groupement.public_id}), sceau{at} : {told}."


@main.command("scheduler")
def run_scheduler() -> None:
    """Réveiller les tâches planifiées, jusqu’à l’arrêt du processus."""
    scheduler.run_forever(_connected())


def _of_the_demo(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments that both commands of the demonstration share."""
    for add in (
        click.option("--database-url", envvar="DATABASE_URL", help="Une autre base que celle de la démonstration."),
        click.option("--directory", type=Path, default=ROOT / "var" / "demo", help="Où vit la démonstration."),
    ):
        command = add(command)
    return command


@main.command("demo")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, envvar="PORT", show_default=True)
@_of_the_demo
def run_demo(port: int, directory: Path, database_url: str | None) -> None:
    """Montrer le portail avec des données inventées, sur cette machine seulement."""
    _demonstrating("run", directory, database_url, port=port)


@main.command("demo-reset")
@_of_the_demo
def reset_demo(directory: Path, database_url: str | None) -> None:
    """Remettre la démonstration comme au premier jour."""
    _demonstrating("reset", directory, database_url)


def _demonstrating(act: str, directory: Path, database_url: str | None, **options: Any) -> None:
    from portal.demo import production  # noqa: PLC0415 — other commands never load the demonstration

    try:
        getattr(production, act)(production.Place(directory), database_url=database_url, say=click.echo, **options)
    except production.DemoProblem as problem:
        raise click.ClickException(str(problem)) from problem
    except KeyboardInterrupt:
        raise click.ClickException("Interrompu avant la fin : relancez, rien n’est à moitié fait.") from None


@main.group("import")
def import_() -> None:
    """Lire un fichier donné par d’autres. Relire le même fichier ne change plus rien."""


def _importing(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments that all imports share."""
    for add in (
        click.option("--rejects", type=Path, help="Où rendre les lignes refusées ; par défaut, à côté du fichier."),
        click.option("--dry-run", is_flag=True, help="Tout lire et tout vérifier, sans rien enregistrer."),
        click.argument("file", type=Path),
    ):
        command = add(command)
    return command


@import_.command("structures")
@_importing
def import_structures(**asked: Any) -> None:
    """Structures : liste du Marché de l’inclusion, ou liste FINESS d’ESAT."""
    _import(directory.import_structures, **asked)


@import_.command("communes")
@_importing
def import_communes(**asked: Any) -> None:
    """Communes : colonnes insee et nom ; siren, population et intercommunalité si elles y sont."""
    _import(directory.import_communes, **asked)


@import_.command("cpv")
@_importing
def import_cpv(**asked: Any) -> None:
    """Codes CPV : colonnes code, cle et libelle."""
    _import(directory.import_cpv, **asked)


@import_.command("decp")
@_importing
def import_contracts(**asked: Any) -> None:
    """Marchés et concessions : données essentielles (DECP), en CSV ou dans le JSON officiel."""
    _import(import_decp, **asked)


@import_.command("depenses")
@_importing
def import_payments(**asked: Any) -> None:
    """Mandats : colonnes siret_acheteur, marche, siret_titulaire, date, montant_ht et mandat."""
    _import(import_expenses, **asked)


@import_.command("commandes")
@_importing
def import_purchase_orders(**asked: Any) -> None:
    """Commandes : colonnes siret_acheteur, marche, date, montant_ht et commande."""
    _import(import_orders, **asked)


@import_.command("programme")
@click.option("--acheteur", required=True, help="Le SIRET de l’acheteur.")
@_importing
def import_buyers_programme(acheteur: str, file: Path, dry_run: bool, rejects: Path | None) -> None:
    """Programme d’achats d’un acheteur : colonnes d’APProch, ou celles qu’il a déjà fait reconnaître."""
    _connected()
    try:
        read = import_programme(parse_siret(acheteur), file, rejects=rejects, dry_run=dry_run, now=clock.utc_now())
    except (Unreadable, RuleViolation, UnusableFile) as problem:
        raise click.ClickException(typo(problem.sentence)) from problem
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(typo(_DATABASE_NOT_READY)) from error
    for line in read.lines:
        click.echo(line)
    if read.rejected_to:
        click.echo(f"Lignes refusées rendues dans {read.rejected_to}")


def _import(importer: Callable[[ImportRun], ImportReport], file: Path, dry_run: bool, rejects: Path | None) -> None:
    _connected()
    with Bar(file.name) as bar:
        run = ImportRun(file, clock.utc_now(), rejects, dry_run, bar.tell, bar.phase, bar.say)
        try:
            report = importer(run)
        except UnusableFile as unusable:
            raise click.ClickException(unusable.sentence) from unusable
        except (OperationalError, ProgrammingError) as error:
            raise click.ClickException(typo(_DATABASE_NOT_READY)) from error
    _tell(report, run)


_DATABASE_NOT_READY = (
    "La base de données ne répond pas ou n’est pas à jour. Lancez « python -m portal migrate », "
    "puis de nouveau l’import : ce qui est déjà enregistré ne le sera pas deux fois."
)


def _tell(report: ImportReport, run: ImportRun) -> None:
    click.echo(report.summary)
    for line in report.refusal_lines:
        click.echo(line, err=True)
    if report.refused:
        click.echo(f"Lignes refusées rendues dans {run.rejected_to}")
    if run.dry_run:
        click.echo(typo("Essai à blanc : rien n’est enregistré."))
