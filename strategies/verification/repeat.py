"""The same question twice: the same answer, whatever was asked in between."""

import numpy as np

from strategies.verification.report import Check, Finding
from strategies.verification.trial import Judged, Trial


def check_repeat(trial: Trial, judged: Judged) -> Check:
    """Ask again, of one instance and of new ones, in another order, and compare."""
    one = trial.make()
    same_instance = Trial(lambda: one, trial.candles, trial.second)
    windows = trial.windows()
    backwards = [trial.answer(window) for window in reversed(windows)][::-1]
    rows = [slice(window.first, window.stop) for window in windows]
    answers = {
        "asked again": trial.judged().directions,
        "asked twice of one instance": same_instance.judged().directions,
        "asked the last window first": np.concatenate(
            [answer[row] for answer, row in zip(backwards, rows, strict=True)]
        ),
    }
    findings = [
        Finding(f"{how}, {np.count_nonzero(answer != judged.directions)} decisions differ")
        for how, answer in answers.items()
        if not np.array_equal(answer, judged.directions)
    ]
    rule = "the same candles are decided the same"
    return Check("repeat", rule, len(answers), tuple(findings))
