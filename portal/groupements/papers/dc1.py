"""What to copy into the DC1 form, in the order of its headings: A to G (form of April 2019), H on older ones."""

from portal.groupements.papers.blocks import Block, blanks, facts, section, table, ticks, told
from portal.groupements.papers.dossier import TO_FILL, Dossier, Partner
from portal.groupements.papers.paper import paper
from portal.vocabulary import GroupementForm, Reservation

_LEAD = (
    "De quoi remplir le formulaire DC1 « Lettre de candidature », rubrique par rubrique et dans son ordre. Cette fiche "
    "n’est pas le formulaire : recopiez, vérifiez, puis déposez le DC1 avec le dossier de candidature."
)


def dc1_of(dossier: Dossier) -> bytes:
    title = f"Pour le DC1 : {dossier.name}"
    sections = (
        _buyer(dossier),
        _tender(dossier),
        _lots(dossier),
        _candidate(dossier),
        _members(dossier),
        _engagements(dossier),
        _mandataire(dossier),
        _signature(),
    )
    return paper(dossier, title, _LEAD, sections, goes_out=True)


def _buyer(dossier: Dossier) -> Block:
    pairs = [
        ("Nom", dossier.buyer),
        ("SIRET", dossier.buyer_siret),
        ("Adresse", dossier.buyer_address),
        ("Contact dit dans la programmation", dossier.buyer_contact),
    ]
    return section("A. L’acheteur", facts(pairs))


def _tender(dossier: Dossier) -> Block:
    pairs = [
        ("Objet", dossier.project),
        ("Procédure", dossier.procedure),
        ("Où la consultation se passe", dossier.tender_url or "elle n’est pas encore ouverte"),
        ("Numéro du projet dans la programmation", dossier.reference),
    ]
    return section(
        "B. L’objet de la consultation", facts(pairs), blanks("Référence de la consultation donnée par l’acheteur")
    )


def _lots(dossier: Dossier) -> Block:
    whole = [lot for lot in dossier.facts.lots if lot.number == 0]
    words = "La candidature porte sur tout le marché." if whole else "La candidature porte sur ces lots."
    return section(
        "C. L’objet de la candidature", told(words), None if whole else facts([("Lots", "\n".join(dossier.lots))])
    )


def _candidate(dossier: Dossier) -> Block:
    form = dossier.facts.form
    kind = "solidaire" if form is GroupementForm.SOLIDAIRE else "conjoint" if form else TO_FILL
    pairs = [("Candidat", "groupement d’entreprises"), ("Le groupement est", kind)]
    if form is not GroupementForm.SOLIDAIRE:
        pairs.append(("Le mandataire est solidaire", _JOINT.get(form, TO_FILL) if form else TO_FILL))
    return section("D. Le candidat", facts(pairs))


_JOINT = {GroupementForm.CONJOINT: "non", GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE: "oui"}


def _members(dossier: Dossier) -> Block:
    """R2142-20: a conjoint says what each does; a solidaire need not."""
    heads = (("Membre, mandataire en premier", "text"), ("Adresse et contact", "text"), ("Prestations", "text"))
    rows = [
        (_named(each), "\n".join(filter(None, (each.address, each.contact))) or TO_FILL, each.does)
        for each in dossier.partners
    ]
    asked = (
        "Groupement conjoint : la répartition des prestations est à donner."
        if dossier.facts.form is not GroupementForm.SOLIDAIRE
        else "Groupement solidaire : la répartition des prestations est facultative."
    )
    return section(
        "E. Les membres et la répartition des prestations",
        told(asked),
        table(heads, rows) if rows else told(f"Membres : {TO_FILL}."),
    )


def _named(partner: Partner) -> str:
    return f"{partner.called}\nSIRET {partner.siret}"


def _engagements(dossier: Dossier) -> Block:
    """L2141-1 to L2141-14, R2143-3: what each member declares on its honour; and the capacities, in the DC2."""
    reserved = any(lot.reservation is not Reservation.NONE for lot in dossier.facts.lots)
    words = (
        "F1. Exclusions : chaque membre atteste sur l’honneur qu’aucune ne le concerne (L2141-1 à L2141-5, L2141-7 à "
        "L2141-10).",
        "F2. Preuves en ligne : adresses où l’acheteur trouve les documents, et ce qu’il faut pour y accéder.",
        "F3. Capacités : un DC2 par membre, ou les documents que la consultation demande ; elles s’apprécient ensemble "
        "(R2142-25).",
    )
    kept = "Lot réservé : chaque membre justifie dans son DC2 de ce qui lui permet d’y répondre (L2113-12 à L2113-15)."
    return section(
        "F. Les engagements de chaque membre",
        told(kept) if reserved else None,
        ticks(words),
        blanks("Adresses des preuves en ligne"),
    )


def _mandataire(dossier: Dossier) -> Block:
    lead = dossier.mandataire
    others = [each.called for each in dossier.partners if not each.facts.is_mandataire]
    pairs = [
        ("Mandataire", dossier.mandataire_words),
        ("Adresse et contact", " · ".join(filter(None, (lead.address, lead.contact))) if lead else ""),
        ("Habilitations à joindre, ou à donner au plus tard à l’attribution", "\n".join(others)),
    ]
    words = "Le mandataire représente tous les membres et coordonne leurs prestations (R2142-23, R2142-24)."
    return section("G. Le mandataire", told(words), facts(pairs))


def _signature() -> Block:
    words = (
        "Le formulaire d’avril 2019 s’arrête à la rubrique G : le DC1 ne se signe pas au dépôt, sauf si le règlement "
        "de la consultation le demande. Les formulaires plus anciens ont ici une rubrique H, signée par chaque membre."
    )
    return section("H. La signature", told(words))
