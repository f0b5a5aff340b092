"""The form of who does what, where, for how much: one row of fields for each member, one for each essential task."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from flask_wtf.form import _Auto
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]

from portal.directory.forms import LineField, TicksField
from portal.groupements.agreement import digest
from portal.groupements.facts import ACTIVE, Share, Terms, Worth
from portal.groupements.forms import PartField
from portal.groupements.models import Groupement, Member
from portal.kernel.french import plural
from portal.vocabulary import GroupementForm, MemberRole, MemberState
from portal.web import VersionedForm
from portal.web.fields import EurosField, HoursField, ReadField, at_most, tell_field

MOST_PLACES = 60
"""Beyond, ticks are no longer readable: communes are told with the tasks."""

Task = tuple[int, str]


@dataclass(frozen=True)
class Row:
    """The fields of one member."""

    part: Any
    amount: Any
    hours: Any
    tasks: Any
    everywhere: Any = None
    communes: Any = None

    @property
    def places_words(self) -> str:
        """« toutes », « 3 communes », « à dire »."""
        if self.everywhere.data:
            return "toutes"
        return plural(len(self.communes.data), "commune") if self.communes.data else "à dire"

    @property
    def has_errors(self) -> bool:
        return bool(self.everywhere.errors or self.communes.errors)


class TermsForm(VersionedForm):
    """Form, mandataire, shares and essential tasks: see `terms_form`."""

    names: ClassVar[Mapping[str, str]] = {}
    """The member that each field of a share is about."""
    places: ClassVar[Mapping[str, str]] = {}
    """The communes to tick, by code."""
    asked: ClassVar[Mapping[str, Task]] = {}
    """The essential task that each field gives to a member."""
    form = tell_field("Forme du groupement", GroupementForm, validate_choice=False)
    mandataire = RadioField("Mandataire", validate_choice=False)
    fill = BooleanField("Calculer les heures et les euros laissés vides, d’après les parts")

    def __init__(self, formdata: Any = _Auto, obj: Groupement | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=None, **(self._told_by(obj) if obj else {}), **kwargs)
        if obj:
            self._offer(sharing(obj))

    def _offer(self, members: Sequence[Member]) -> None:
        self.mandataire.choices = [_choice(each) for each in members if _is_in(each)]
        for name in self.asked:
            self[name].choices = [SelectChoice("", "À choisir"), *(_choice(each) for each in members)]

    def _told_by(self, groupement: Groupement) -> dict[str, Any]:
        held: dict[str, Any] = {"version": groupement.version, "form": groupement.form}
        public_ids = {each.id: each.public_id for each in groupement.members}
        doing = {(task.lot_id, task.label): public_ids.get(task.member_id) for task in groupement.tasks}
        held |= {name: doing.get(task) or "" for name, task in self.asked.items()}
        for member in sharing(groupement):
            held |= self._share_of(member)
            if member.role is MemberRole.MANDATAIRE:
                held["mandataire"] = member.public_id
        return held

    def _share_of(self, member: Member) -> dict[str, Any]:
        told: dict[str, Any] = {name: getattr(member, name) for name in _SHARE}
        if self.places:
            codes = {place.commune_code for place in member.communes}
            told["everywhere"] = codes >= self.places.keys()
            told["communes"] = [] if told["everywhere"] else sorted(codes & self.places.keys())
        return {f"{name}_{member.public_id}": value for name, value in told.items()}

    def described(self) -> list[tuple[str, str]]:
        """Each share with its member's name: two versions compare by these words."""
        common = [(field.label.text, _chosen(field)) for field in (self.form, self.mandataire)]
        tasks = [(field.label.text, _chosen(field)) for field in self if field.name in self.asked]
        shares = [field for field in self if field.name in self.names]
        told = [(f"{self.names[field.name]}, {field.label.text.lower()}", self._typed(field)) for field in shares]
        return [*common, *told, *tasks]

    def _typed(self, field: Any) -> str:
        if isinstance(field, TicksField):
            return ", ".join(self.places.get(code, code) for code in field.data or ()) or "—"
        if isinstance(field, BooleanField):
            return "oui" if field.data else "non"
        return str(field.in_words) if isinstance(field, ReadField) else field.data or "—"

    def row(self, member: Member) -> Row:
        names = (*_SHARE, *(_PLACES if self.places else ()))
        return Row(*(self[f"{name}_{member.public_id}"] for name in names))

    def terms(self, members: Sequence[Member], worth: Worth) -> Terms:
        """What is typed; what was left empty besides a part is worked out when that is asked."""
        shares = {each.public_id: self._share(each, worth) for each in members if f"part_{each.public_id}" in self}
        tasks = {task: str(self[name].data) for name, task in self.asked.items() if self[name].data}
        return Terms(self.form.data, self.mandataire.data or None, shares, tasks)

    def _share(self, member: Member, worth: Worth) -> Share:
        row = self.row(member)
        part, hours, amount = (field.data or None for field in (row.part, row.hours, row.amount))
        if self.fill.data and part:
            hours, amount = hours or worth.of(part, worth.hours), amount or worth.of(part, worth.amount)
        return Share(part, hours, row.tasks.data or None, amount, self._communes(member, row))

    def _communes(self, member: Member, row: Row) -> tuple[str, ...]:
        if not self.places:
            return tuple(sorted(place.commune_code for place in member.communes))
        return tuple(sorted(self.places if row.everywhere.data else set(row.communes.data or ())))


_SHARE = ("part", "amount", "hours", "tasks")
_PLACES = ("everywhere", "communes")


def _choice(member: Member) -> SelectChoice:
    return SelectChoice(member.public_id, member.organisation.shown_name + ("" if _is_in(member) else " (invitée)"))


def _chosen(field: Any) -> str:
    return next((str(label) for _, label, selected, *_ in field.iter_choices() if selected), "—")


def sharing(groupement: Groupement) -> list[Member]:
    """Those who have a share, or to whom one is proposed; the mandataire first."""
    held = [each for each in groupement.members if each.state in ACTIVE | {MemberState.INVITED}]
    return sorted(held, key=lambda each: (each.role is not MemberRole.MANDATAIRE, not _is_in(each), each.id))


def _is_in(member: Member) -> bool:
    return member.state in ACTIVE


def terms_form(groupement: Groupement, places: Mapping[str, str]) -> type[TermsForm]:
    """The form with the fields of each member, and one for each task that the lots call essential (R2142-27)."""
    places = places if 1 < len(places) <= MOST_PLACES else {}
    fields: dict[str, Any] = {}
    names: dict[str, str] = {}
    for member in sharing(groupement):
        own = {f"{name}_{member.public_id}": field for name, field in _fields(places)}
        fields |= own
        names |= dict.fromkeys(own, member.organisation.shown_name)
    asked = {f"task_{lot.id}_{digest(label)[:12]}": (lot.id, label) for lot, label in _tasks(groupement)}
    fields |= {name: SelectField(label, validate_choice=False) for name, (_, label) in asked.items()}
    return type("TermsOfMembersForm", (TermsForm,), {**fields, "names": names, "places": places, "asked": asked})


def _fields(places: Mapping[str, str]) -> Iterable[tuple[str, Any]]:
    yield "part", PartField("Part")
    yield "amount", EurosField("Euros")
    yield "hours", HoursField("Heures")
    yield "tasks", LineField("Tâches", [at_most(500)])
    if places:
        yield "everywhere", BooleanField("Toutes les communes des lots")
        yield "communes", TicksField("Ou certaines", choices=[SelectChoice(*each) for each in places.items()])


def _tasks(groupement: Groupement) -> Iterable[tuple[Any, str]]:
    return ((lot, label) for lot in groupement.lots for label in (lot.essential_tasks or "").splitlines())


@dataclass(frozen=True)
class Totals:
    """What is typed, in all."""

    part: int
    amount: Decimal
    hours: Decimal


def total_of(form: TermsForm, members: Sequence[Member]) -> Totals:
    rows = [form.row(each) for each in members]
    return Totals(
        sum(row.part.data or 0 for row in rows),
        sum((row.amount.data or Decimal(0) for row in rows), Decimal(0)),
        sum((row.hours.data or Decimal(0) for row in rows), Decimal(0)),
    )
