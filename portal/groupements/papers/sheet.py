"""The sheet of a groupement: who is in it, who does what, where the agreement stands."""

from portal.groupements.papers.blocks import Block, facts, section, table, told
from portal.groupements.papers.dossier import TO_FILL, Dossier, Partner
from portal.groupements.papers.paper import paper, purchase, shares, tasks
from portal.kernel.french import format_instant
from portal.kernel.hours import format_hours


def sheet_of(dossier: Dossier) -> bytes:
    title = f"Fiche du groupement : {dossier.name}"
    lead = f"Pour répondre ensemble à {dossier.buyer} : {dossier.project}."
    return paper(
        dossier,
        title,
        lead,
        (_groupement(dossier), _members(dossier), _shares(dossier), _tasks(dossier), _acceptances(dossier)),
    )


def _groupement(dossier: Dossier) -> Block:
    told_facts, wanted = dossier.facts, dossier.facts.hours_wanted
    hours = f"{format_hours(wanted)}{' par an' if told_facts.hours_per_year else ''}" if wanted else ""
    return section(
        "Le groupement",
        facts(
            [
                *purchase(dossier),
                ("Consultation", "en cours" if told_facts.in_tender else told_facts.tender_planned or ""),
                ("Heures d’insertion voulues", hours),
                ("Forme", f"{dossier.form_words}\n{dossier.engaged_words}"),
                ("Mandataire", dossier.mandataire_words),
                ("Qui coordonne", told_facts.network_name or "le mandataire"),
            ]
        ),
    )


def _members(dossier: Dossier) -> Block:
    heads = (("Membre", "text"), ("Rôle", "short"), ("Ce qu’il est", "text"), ("Adresse et contact", "text"))
    rows = [(_named(each), each.facts.role.label, each.kinds or "—", _reached(each)) for each in dossier.partners]
    return section("Les membres", table(heads, rows) if rows else told("Personne n’est encore membre."))


def _named(partner: Partner) -> str:
    return f"{partner.called}\nSIRET {partner.siret}"


def _reached(partner: Partner) -> str:
    return "\n".join(filter(None, (partner.address, partner.contact))) or "—"


def _shares(dossier: Dossier) -> Block | None:
    return section("Qui fait quoi, pour quelle part", shares(dossier)) if dossier.partners else None


def _tasks(dossier: Dossier) -> Block | None:
    found = tasks(dossier, TO_FILL)
    return section("Les tâches essentielles (R2142-27)", found) if found else None


def _acceptances(dossier: Dossier) -> Block | None:
    """Who accepted the agreement, and when."""
    heads = (("Membre", "text"), ("Accepté par", "text"), ("Le", "text"))
    rows = [
        (each.name, each.accepted_by or "pas encore", format_instant(each.accepted_at) if each.accepted_at else "—")
        for each in dossier.partners
    ]
    return section("Les acceptations", table(heads, rows)) if dossier.standing.number else None
