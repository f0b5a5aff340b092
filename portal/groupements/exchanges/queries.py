"""What was said in a room, for those inside."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.groupements.models import Groupement, Word
from portal.kernel.paging import last_page, page_within

PAGE = 50


@dataclass(frozen=True)
class Thread:
    """A page of words, the latest first."""

    words: Sequence[Word]
    total: int
    number: int

    @property
    def last(self) -> int:
        return last_page(self.total, PAGE)


def thread(session: Session, groupement: Groupement, number: int = 1, size: int = PAGE) -> Thread:
    """Two statements."""
    there = Word.groupement_id == groupement.id
    total = session.scalar(select(func.count()).select_from(Word).where(there)) or 0
    number = page_within(number, total, size)
    words = select(Word).where(there).order_by(Word.id.desc()).offset((number - 1) * size).limit(size)
    return Thread(session.scalars(words).all(), total, number)
