"""One paper: its title, where the groupement stands, its sections, then the agreement that it comes from."""

from collections.abc import Iterable, Sequence

from portal.groupements.papers.blocks import Block, Pairs, facts, items, section, table
from portal.groupements.papers.dossier import Dossier, told_share
from portal.kernel.french import format_instant, typo
from portal.printing import printed

_TEMPLATE = "groupements/print/paper.typ"


def paper(
    dossier: Dossier, title: str, lead: str, sections: Iterable[Block | None], *, goes_out: bool = False
) -> bytes:
    """An accessible PDF. What is missing stands first, as long as the groupement is not sealed.

    `goes_out`: it is made for the buyer in the end, so that it tells no share.
    """
    standing, title = dossier.standing, typo(title)
    waited = standing.missing_in_short if goes_out else standing.missing
    values = {
        "portal": dossier.portal,
        "title": title,
        "lead": typo(lead),
        "standing": standing.words,
        "sections": [each for each in (_missing(waited), *sections, proof(dossier)) if each],
        "footer": f"{title} · {standing.short}",
    }
    return printed(_TEMPLATE, values, standing.printed_at)


def _missing(waited: Sequence[str]) -> Block | None:
    return section("Ce qui manque avant le sceau", items(waited)) if waited else None


def proof(dossier: Dossier) -> Block:
    """The agreement, its hash, when this was printed."""
    return section("L’accord dont ce document vient", facts(proof_pairs(dossier)))


def proof_pairs(dossier: Dossier) -> Pairs:
    standing = dossier.standing
    sealed = [("Empreinte SHA-256 du sceau", standing.seal_sha256)] if standing.seal_sha256 else []
    return [
        ("État", standing.words),
        ("Accord", standing.agreement_words),
        ("Empreinte SHA-256 de l’accord", standing.sha256 or "aucune : elle est calculée quand l’accord est proposé"),
        *sealed,
        ("Document établi le", format_instant(standing.printed_at)),
        ("Groupement", f"{dossier.name}, identifiant {dossier.public_id}"),
    ]


def purchase(dossier: Dossier) -> list[tuple[str, str]]:
    """What the groupement answers."""
    return [
        ("Acheteur", f"{dossier.buyer}, SIRET {dossier.buyer_siret}"),
        ("Projet", f"{dossier.project} ({dossier.reference})"),
        ("Lots", "\n".join(dossier.lots)),
    ]


def shares(dossier: Dossier) -> Block:
    """What each does, and its part, its euros, its hours; then all of them."""
    heads = (
        ("Membre", "text"),
        ("Tâches et communes", "long"),
        ("Part", "number"),
        ("Montant HT", "number"),
        (dossier.hours_label, "number"),
    )
    rows = [(each.name, each.does, *each.share) for each in dossier.partners]
    return table(heads, rows, ("Ensemble", "", *told_share(*dossier.totals)) if rows else None)


def tasks(dossier: Dossier, absent: str) -> Block | None:
    """Who does each task that the buyer calls essential (R2142-27)."""
    heads = (("Lot", "text"), ("Tâche essentielle", "text"), ("Membre qui la fait", "text"))
    rows = [(lot, label, member or absent) for lot, label, member in dossier.tasks]
    return table(heads, rows) if rows else None
