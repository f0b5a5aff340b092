"""Projects: written, published, changed, opened to tenders."""

from collections.abc import Iterator

from portal.demo.seeding.stage import Act


def acts() -> Iterator[Act]:
    yield from ()
