"""The summary of a verification on the System page."""

from data.verification.tape_check import TapeCheckStats
from scripts.workers.data_job_worker import verification_summary


def test_candles_that_were_compared_agree_or_not() -> None:
    checked = TapeCheckStats(candles=60)
    assert verification_summary(checked, 900, 0, []) == (
        "60 candles compared with 900 trades: all agree"
    )
    assert verification_summary(checked, 900, 2, []).endswith("2 do NOT agree")
    unsealed = TapeCheckStats(candles=60, unsealed_rows=1)
    assert "truetape data seal" in verification_summary(unsealed, 900, 0, [])


def test_a_verification_over_nothing_never_agrees() -> None:
    for checked in (
        TapeCheckStats(),
        TapeCheckStats(unverifiable=5),
        TapeCheckStats(sealed_rows=3),
    ):
        summary = verification_summary(checked, checked.sealed_rows, 0, [])
        assert summary.startswith("nothing verified: no candle")
        assert "agree" not in summary
    assert "5 lack trades" in verification_summary(TapeCheckStats(unverifiable=5), 0, 0, [])
