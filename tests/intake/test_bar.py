import io

from portal.intake import Bar

NARROW = "\u202f"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_elsewhere_than_on_a_terminal_a_line_comes_every_ten_seconds() -> None:
    told, clock = io.StringIO(), Clock()
    with Bar("decp.json", told, clock) as bar:
        bar.phase("lecture")
        for second in range(31):
            clock.now = float(second)
            bar.tell(second, 600)
        bar.say("Reprise : 3 marchés.")
    assert told.getvalue().replace(NARROW, " ").splitlines() == [
        "decp.json, lecture : 2 %, encore 10 minutes",
        "decp.json, lecture : 3 %, encore 10 minutes",
        "decp.json, lecture : 5 %, encore 10 minutes",
        "Reprise : 3 marchés.",
    ]


def test_a_short_import_says_nothing_elsewhere() -> None:
    told = io.StringIO()
    with Bar("decp.json", told, Clock()) as bar:
        bar.phase("lecture")
        bar.tell(1, 2)
    assert told.getvalue() == ""


def test_on_a_terminal_one_line_moves_and_is_gone_at_the_end() -> None:
    told, clock = Terminal(), Clock()
    with Bar("decp.json", told, clock) as bar:
        bar.phase("enregistrement")
        bar.tell(0, 4)
        clock.now = 30.0
        bar.tell(3, 4)
    shown = told.getvalue().replace(NARROW, " ")
    assert shown == ("\r\x1b[Kdecp.json, enregistrement [##################------] 75 %, encore 10 secondes\r\x1b[K")


def test_the_time_left_is_reckoned_from_what_this_process_did() -> None:
    told, clock = io.StringIO(), Clock()
    with Bar("decp.json", told, clock) as bar:
        bar.phase("enregistrement")
        bar.tell(800, 1_000)
        clock.now = 100.0
        bar.tell(900, 1_000)
        clock.now = 200.0
        bar.tell(1_000, 1_000)
    assert told.getvalue().replace(NARROW, " ").splitlines() == [
        "decp.json, enregistrement : 90 %, encore 2 minutes",
        "decp.json, enregistrement : 100 %",
    ]
