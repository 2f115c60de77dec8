from utils.errors import ServiceUnavailable
from utils.probes import HealthFinding, Probe, examine


class Answering(Probe):
    """A probe with a ready answer."""

    def __init__(self, part: str, *healthy: bool) -> None:
        super().__init__(part)
        self._healthy = healthy

    def check(self) -> list[HealthFinding]:
        return [
            HealthFinding(part=self.part, healthy=each, detail="as told") for each in self._healthy
        ]


class Failing(Probe):
    """A probe that gets no answer."""

    def check(self) -> list[HealthFinding]:
        raise ServiceUnavailable("nobody is there")


def test_a_platform_is_healthy_if_all_of_it_is():
    assert examine([Answering("a", True), Answering("b", True, True)]).healthy
    assert not examine([Answering("a", True), Answering("b", True, False)]).healthy


def test_a_platform_of_which_nothing_is_found_is_not_healthy():
    assert not examine([]).healthy
    assert not examine([Answering("a")]).healthy


def test_a_part_that_does_not_answer_is_unhealthy_and_the_others_are_still_checked():
    report = examine([Failing("database"), Answering("page", True)])
    assert report.findings == [
        HealthFinding(part="database", healthy=False, detail="nobody is there"),
        HealthFinding(part="page", healthy=True, detail="as told"),
    ]
