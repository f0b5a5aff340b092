"""Pages for the portal's administrators."""

from flask import Blueprint

from portal.storage import reading
from portal.supervision import queries
from portal.vocabulary import Event, JobName, MessageKind, MessageState, Permission
from portal.web import render, requires
from portal.web.addresses import number_in_query

pages = Blueprint("supervision", __name__, url_prefix="/supervision")


@pages.get("")
@requires(Permission.SUPERVISION)
def index() -> str:
    with reading() as session:
        return render(
            "supervision/index.html",
            counts=queries.message_counts(session),
            states=list(MessageState),
            troubled=queries.troubled_messages(session),
            runs=queries.latest_runs(session),
            kind_words=MessageKind.words_of,
            job_words=JobName.words_of,
        )


@pages.get("/journal")
@requires(Permission.SUPERVISION)
def journal() -> str:
    with reading() as session:
        entries = queries.journal_entries(session, before=number_in_query("avant"))
        older = entries[-1].id if len(entries) == queries.ENTRIES_A_PAGE else None
        return render("supervision/journal.html", entries=entries, older=older, words_of=_words_of)


def _words_of(event: str) -> str:
    return Event(event).label
