"""Public meetings: a day and two hours on a clock in Paris."""

from collections.abc import Iterable
from datetime import time
from typing import Any

from flask import g
from flask_wtf.form import _Auto
from wtforms import SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired

from portal.directory.forms import LineField, WebsiteField, WordsField
from portal.forecast.models import Project
from portal.kernel.clock import PARIS
from portal.sourcing.civil_time import format_hour, instant_in_paris, parse_hour
from portal.sourcing.facts import MeetingFacts
from portal.sourcing.models import PublicMeeting
from portal.web import VersionedForm
from portal.web.fields import DayField, ReadField, at_most


class HourField(ReadField):
    """An hour of the day, typed as people write it."""

    def read(self, typed: str) -> Any:
        return parse_hour(typed)

    def write(self, value: time) -> str:
        return format_hour(value)


class MeetingForm(VersionedForm):
    title = LineField("Intitulé", [DataRequired("Donnez un intitulé à la rencontre."), at_most(200)])
    project = SelectField("À propos de", choices=[SelectChoice("", "Tous nos achats à venir")])
    day = DayField("Jour", [InputRequired("Indiquez le jour.")], description="« 20/01/2027 ».")
    starts = HourField("Début", [InputRequired("Indiquez l’heure du début.")], description="« 14 h 30 », à Paris.")
    ends = HourField("Fin", [InputRequired("Indiquez l’heure de la fin.")])
    place = LineField("Où l’on vient", [at_most(300)], description="Salle, adresse, ville.")
    url = WebsiteField("Où l’on suit à distance, ou s’inscrit", [at_most(300)])
    text = WordsField("Ce qui s’y dira", [at_most(2000)], render_kw={"rows": 5})

    def __init__(self, formdata: Any = _Auto, obj: PublicMeeting | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=None, **(_told_by(obj) if obj else {"version": 0}), **kwargs)
        if formdata is None and isinstance(g.get("posted_form"), MeetingForm):
            self.project.choices = g.posted_form.project.choices

    def offer(self, projects: Iterable[Project]) -> None:
        """The public projects to choose among."""
        named = (SelectChoice(str(each.id), f"{each.shown_number} {each.title}") for each in projects)
        self.project.choices = [SelectChoice("", "Tous nos achats à venir"), *named]

    @property
    def project_id(self) -> int | None:
        return int(self.project.data) if self.project.data else None

    @property
    def facts(self) -> MeetingFacts:
        """Raises RuleViolation for an hour that does not exist that day."""
        return MeetingFacts(
            title=self.title.data or "",
            starts_at=instant_in_paris(self.day.data, self.starts.data, "starts"),
            ends_at=instant_in_paris(self.day.data, self.ends.data, "ends"),
            text=self.text.data or None,
            place=self.place.data or None,
            url=self.url.data or None,
        )


def _told_by(meeting: PublicMeeting) -> dict[str, Any]:
    plain = ("version", "title", "place", "url", "text")
    starts, ends = (instant.astimezone(PARIS) for instant in (meeting.starts_at, meeting.ends_at))
    return {name: getattr(meeting, name) for name in plain} | {
        "project": str(meeting.project_id or ""),
        "day": starts.date(),
        "starts": starts.time().replace(second=0, microsecond=0),
        "ends": ends.time().replace(second=0, microsecond=0),
    }


class CancelForm(VersionedForm):
    reason = LineField(
        "Pourquoi l’annuler ?",
        [DataRequired("Dites pourquoi : tous le liront."), at_most(300)],
    )
