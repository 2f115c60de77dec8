"""The repeat check: equal candles give equal decisions, whatever was evaluated in between."""

import numpy as np

from strategies.verification.report import VerificationCheck, VerificationFinding
from strategies.verification.trial import CandleDecisions, VerificationTrial


def check_repeat(trial: VerificationTrial, decisions: CandleDecisions) -> VerificationCheck:
    """Evaluate again, with one instance and with new ones, in another order, and compare."""
    one = trial.make()
    same_instance = VerificationTrial(lambda: one, trial.candles, trial.second)
    windows = trial.windows()
    backwards = [trial.answer(window) for window in reversed(windows)][::-1]
    rows = [slice(window.first, window.stop) for window in windows]
    answers = {
        "evaluated again": trial.decisions().directions,
        "evaluated twice by one instance": same_instance.decisions().directions,
        "evaluated in reverse order of windows": np.concatenate(
            [answer[row] for answer, row in zip(backwards, rows, strict=True)]
        ),
    }
    findings = [
        VerificationFinding(
            f"{how}, {np.count_nonzero(answer != decisions.directions)} decisions differ"
        )
        for how, answer in answers.items()
        if not np.array_equal(answer, decisions.directions)
    ]
    rule = "equal candles give equal decisions"
    return VerificationCheck("repeat", rule, len(answers), tuple(findings))
