from data.simulator.market.listing import ListingChange
from data.simulator.market.volatility_profile import VOLATILITY_PROFILES
from data.simulator.protocol.catalog import Catalog

LISTINGS = {
    volatility_profile.listing.inst_id: volatility_profile.listing
    for volatility_profile in VOLATILITY_PROFILES
}


def catalog(**changes: ListingChange) -> Catalog:
    return Catalog(
        LISTINGS, 5, {name.replace("_", "-"): change for name, change in changes.items()}
    )


def test_a_swap_names_its_contract_instead_of_its_currencies():
    found = catalog().object("BTC-USDT-SWAP")
    assert found is not None
    assert (found["ctVal"], found["ctValCcy"], found["ctType"]) == ("0.01", "BTC", "linear")
    assert (found["baseCcy"], found["settleCcy"], found["instFamily"]) == ("", "USDT", "BTC-USDT")


def test_a_spot_pair_has_the_steps_of_the_real_one():
    found = catalog().object("BTC-USDT")
    assert found is not None
    steps = (found["tickSz"], found["lotSz"], found["minSz"])
    assert steps == ("0.1", "0.00000001", "0.00001")
    assert (found["baseCcy"], found["quoteCcy"], found["ctVal"]) == ("BTC", "USDT", "")


def test_a_suspended_instrument_is_listed_as_suspended():
    found = catalog(BTC_USDT=ListingChange.SUSPEND).object("BTC-USDT")
    assert found is not None
    assert found["state"] == "suspend"


def test_a_delisted_instrument_vanishes():
    changed = catalog(BTC_USDT=ListingChange.DELIST)
    assert changed.object("BTC-USDT") is None
    assert "BTC-USDT" not in changed.open_to_subscribe
    assert len(changed.objects("SPOT")) == 3


def test_a_new_instrument_has_no_steps_yet():
    changed = catalog(NEW_USDT=ListingChange.NEW_LISTING)
    (found,) = changed.objects("SPOT", "NEW-USDT")
    assert (found["state"], found["tickSz"], found["lotSz"]) == ("preopen", "", "")
    assert "NEW-USDT" not in changed.open_to_subscribe


def test_a_finer_tick_is_reported():
    found = catalog(BTC_USDT=ListingChange.TICK_SIZE).object("BTC-USDT")
    assert found is not None
    assert found["tickSz"] == "0.01"
