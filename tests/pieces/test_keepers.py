"""No table that names a file is forgotten by the sweep."""

import pytest

from portal.pieces.models import StoredFile
from portal.scheduler import KEEPERS
from portal.storage import Base
from tests.architecture.test_schema import import_all_models

pytestmark = pytest.mark.any_database


def test_every_table_that_names_a_file_says_what_it_lets_go_of() -> None:
    import_all_models()
    naming = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is StoredFile.__table__
    }

    assert naming == {keeper.model.__tablename__ for keeper in KEEPERS}
