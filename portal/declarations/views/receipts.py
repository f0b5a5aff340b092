"""The receipt to keep, as an accessible PDF."""

from flask import current_app, make_response
from flask.typing import ResponseReturnValue

from config import Config
from portal.declarations import queries, receipts
from portal.declarations.models import Deposit
from portal.declarations.views.blueprint import pages
from portal.declarations.views.month import read_page
from portal.declarations.views.month_page import MonthPage
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import requires


@pages.get("/declarations/<reference>/recepisse/<int:number>.pdf")
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def receipt_pdf(reference: str, number: int) -> ResponseReturnValue:
    page = read_page(reference)
    deposit = next((each for each in page.deposits if each.number == number), None)
    if deposit is None or not page.names_matricules:
        raise NotFound
    response = make_response(_printed(page, deposit))
    response.mimetype = "application/pdf"
    response.headers.set("Content-Disposition", "inline", filename=receipts.file_name(page.declaration, deposit))
    return response


def _printed(page: MonthPage, deposit: Deposit) -> bytes:
    config: Config = current_app.config["AMONT"]
    with reading() as session:
        employers = queries.employers_of(session, deposit.lines)
    return receipts.receipt(page.declaration, deposit, employers, page.name_of, portal_name=config.portal_name)
