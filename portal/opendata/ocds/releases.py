"""One project as OCDS releases: one for each public act, then what holds now.

The portal keeps what was told as words, not as facts: the release of an act carries the words of that act, which never
change. The facts as they stand form a last release, named by its own content: no identifier ever says two things.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from portal.forecast.models import Revision
from portal.kernel.french import typo
from portal.opendata.addresses import absolute
from portal.opendata.api.documents import WITHHELD, instant
from portal.opendata.ocds.acts import Act, Line, acts
from portal.opendata.ocds.tender import award_id, awards_of, planning_of, tender_of
from portal.opendata.ocds.values import Document, known, organisation_id, supplier_id
from portal.opendata.records import LotRecord
from portal.vocabulary import LotOutcome


def ocid_of(prefix: str, reference: str) -> str:
    return f"{prefix}-{reference}"


def releases_of(prefix: str, lots: Sequence[LotRecord], history: Sequence[Line]) -> list[Document]:
    """From the publication to what holds now; `lots` are those of one project, never empty."""
    ocid = ocid_of(prefix, lots[0].reference)
    told = acts(history, lots[0].state)
    return [*(_of_act(ocid, lots[0], act) for act in told), _as_it_stands(ocid, lots, told)]


def _of_act(ocid: str, project: LotRecord, act: Act) -> Document:
    name = _id(ocid, act)
    tender = known(id=project.reference, status=_STATUSES.get(act.tag), amendments=_amendments(ocid, act))
    return _release(ocid, name, act.at, act.tag) | known(tender=tender, awards=_awards(ocid, act))


_STATUSES = {"planning": "planned", "tender": "active", "tenderCancellation": "cancelled"}


def _id(ocid: str, act: Act) -> str:
    return f"{ocid}-{act.rank:04}"


def _release(ocid: str, name: str, at: datetime, tag: str) -> Document:
    return {
        "ocid": ocid,
        "id": name,
        "date": instant(at),
        "tag": [tag],
        "initiationType": "tender",
        "language": "fr",
    }


def _amendments(ocid: str, act: Act) -> list[Document]:
    return [
        known(
            id=f"{_id(ocid, act)}-{rank}",
            date=instant(act.at),
            rationale=act.reason,
            description=_words(*line),
            amendsReleaseID=f"{ocid}-{act.rank - 1:04}" if act.rank > 1 else None,
            releaseID=_id(ocid, act),
            relatedLots=[str(line[1])] if line[1] else None,
        )
        for rank, line in enumerate(act.changes, 1)
    ]


def _words(revision: Revision, number: int | None) -> str:
    """« Lot 2, consultation : 2ᵉ trimestre 2027 → 3ᵉ trimestre 2027 »."""
    label = f"Lot {number}, {revision.label[0].lower()}{revision.label[1:]}" if number else revision.label
    if revision.field in WITHHELD or (revision.before is None and revision.after is None):
        return typo(label)
    return typo(f"{label} : {revision.before or 'non précisé'} → {revision.after or 'non précisé'}")


def _awards(ocid: str, act: Act) -> list[Document]:
    return [
        known(
            id=award_id(ocid, number or 0),
            status="active",
            description=typo(f"Attribué à : {revision.after}") if revision.after else None,
            relatedLots=[str(number)] if number else None,
        )
        for revision, number in act.awarded
    ]


def _as_it_stands(ocid: str, lots: Sequence[LotRecord], told: Sequence[Act]) -> Document:
    project = lots[0]
    at = told[-1].at if told else project.published_at
    opened = next((act.at for act in told if "in_tender" in act.fields), None)
    facts = known(
        parties=_parties(ocid, lots),
        buyer={"id": organisation_id(project.buyer_siret), "name": project.buyer_name},
        planning=planning_of(lots),
        tender=tender_of(lots, opened),
        awards=awards_of(ocid, lots),
    )
    rank = told[-1].rank if told else 0
    name = f"{ocid}-{rank:04}-{_digest(facts)}"
    return _release(ocid, name, at, told[-1].tag if told else "planning") | facts


def _digest(facts: Document) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]


def _parties(ocid: str, lots: Sequence[LotRecord]) -> list[Document]:
    """The buyer and whoever holds a lot, each once with all its roles."""
    project = lots[0]
    buyer = _party(organisation_id(project.buyer_siret), project.buyer_name, project.buyer_siret)
    buyer |= known(
        contactPoint=known(name=project.contact_service, email=project.contact_email, telephone=project.contact_phone)
    )
    parties = {buyer["id"]: buyer | {"roles": ["buyer", "procuringEntity"]}}
    for lot in lots:
        if lot.outcome is not LotOutcome.AWARDED:
            continue
        for rank, held in enumerate(lot.holders, 1):
            name = supplier_id(held, award_id(ocid, lot.number), rank)
            party = parties.setdefault(name, _party(name, held.name, held.siret) | {"roles": []})
            if "supplier" not in party["roles"]:
                party["roles"].append("supplier")
    return list(parties.values())


def _party(name: str, shown: str, siret: str | None) -> Document:
    if siret is None:
        return {"id": name, "name": shown}
    identifier = {
        "scheme": "FR-SIRET",
        "id": siret,
        "uri": absolute("directory.show", siret=siret),
    }
    return {"id": name, "name": shown, "identifier": identifier}
