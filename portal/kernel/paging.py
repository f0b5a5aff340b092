"""Lists cut into pages, numbered from 1: an empty list has one page, which says that it is empty."""


def last_page(total: int, size: int) -> int:
    return max(1, -(-total // size))


def page_within(asked: int, total: int, size: int) -> int:
    """The page asked for, or the nearest that there is."""
    return min(max(asked, 1), last_page(total, size))
