"""The check that a mute is about rules that exist."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from utils.alerts.errors import RuleMissing
from utils.alerts.rules.rule import AlertRule

_ANY = "*"


def require_rules(name: str, subject: str, rules: Iterable[AlertRule]) -> None:
    """Require that some rule matches the name and the subject; both may hold `*`.

    Raises RuleMissing.
    """
    known = list(rules)
    named = [rule for rule in known if fnmatchcase(rule.name, name)]
    if not named:
        raise RuleMissing(f"no alert rule is named {name!r}", sorted(rule.name for rule in known))
    if not any(_may_concern(rule, subject) for rule in named):
        problem = f"no alert rule {name!r} is about {subject!r}"
        raise RuleMissing(problem, sorted(f"{rule.name} of {rule.subject}" for rule in named))


def _may_concern(rule: AlertRule, subject: str) -> bool:
    """Return whether a rule may open an alert of a subject; of two patterns the starts decide."""
    if rule.is_about(subject) or fnmatchcase(rule.subject, subject):
        return True
    if not (rule.is_about_many and _ANY in subject):
        return False
    starts = (rule.subject.partition(_ANY)[0], subject.partition(_ANY)[0])
    return starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])
