"""The command line: what an operator does without a browser."""

from datetime import datetime

import click

from config import Config, ConfigError
from portal import logs, scheduler, storage
from portal.kernel import clock


def _connected() -> Config:
    """The settings, with this process bound to their database. Ends the command with a sentence when one is missing."""
    try:
        config = Config.from_env()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    logs.configure(config.log_format)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    storage.bind(storage.make_engine(config.database_url, pool_size=config.pool_size))
    return config


@click.group()
def main() -> None:
    """Amont : la programmation des achats, les groupements, le suivi de l’exécution."""


@main.command()
def migrate() -> None:
    """Amener la base de données à la dernière version de son schéma."""
    config = _connected()
    storage.migrate(storage.make_engine(config.database_url, pool_size=1))
    click.echo("Base de données à jour.")


@main.command("run-job")
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait fait, sans rien faire.")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="Comme si l’on était ce jour-là, à midi.")
def run_job(name: str, dry_run: bool, on: datetime | None) -> None:
    """Lancer une fois une tâche planifiée."""
    config = _connected()
    now = clock.utc_now() if on is None else on.replace(hour=12, tzinfo=clock.PARIS)
    for label, count in scheduler.run_job(config, name, dry_run=dry_run, now=now).items():
        click.echo(f"{label} : {count}")


@main.command("scheduler")
def run_scheduler() -> None:
    """Réveiller les tâches planifiées, jusqu’à l’arrêt du processus."""
    scheduler.run_forever(_connected())

