"""What machines that drive histories share: one transaction around each history, one savepoint for each act."""

from collections.abc import Callable

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy.orm import Session

from portal.kernel.errors import PortalError
from tests.groupements.people import Town


class Trying(RuleBasedStateMachine):
    """Its acts may be refused: a refusal leaves nothing, neither in the tables nor in memory."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.session: Session = self.town.session
        self.around = self.session.begin_nested()

    def teardown(self) -> None:
        self.around.rollback()
        self.session.expunge_all()

    def _try(self, act: Callable[[], object]) -> None:
        try:
            with self.session.begin_nested():
                act()
        except PortalError:
            self.session.expunge_all()
