"""Script in names that users or strategies choose stays text: nothing of it ever runs."""

from playwright.sync_api import Page, expect

from backtesting.monitor import UNMONITORED
from dashboard.forms.backtest_form import check_form
from data import Timeframe
from data.status import CollectorState
from strategies import Direction
from strategies.charts import ChartLayout
from strategies.strategy_files import FileProblem, StrategyFacts, StrategyFile
from tests.dashboard_signals import NOW, evaluate_strategy, library_files, publish_signal, skip
from tests.dashboard_world import World
from tests.e2e.conftest import BrowserSession
from tests.e2e.screen import module_url, wait_for_chart
from tests.inline_backtests import a_backtest_world, a_form

HOSTILE = (
    "<img src=x onerror=\"window.pwned='{where}'\">"
    "<script>window.pwned='{where}'</script>"
    "<svg onload=\"window.pwned='{where}'\">\"'><b class=evil>{where}</b>"
)


# A spreadsheet runs what begins like a formula; a number does.
FILED = """async (url) => {
    const csv = await import(url);
    return csv.text([["=note", (row) => row]], ["=2+2", '@x "y"', -2, null]);
}"""


def hostile(where: str) -> str:
    return HOSTILE.replace("{where}", where)


def assert_harmless(page: Page) -> None:
    """Nothing ran, and none of the markup became elements."""
    page.wait_for_timeout(150)
    assert page.evaluate("window.pwned === undefined")
    assert page.locator(".evil, img[src='x'], svg[onload]").count() == 0


def a_hostile_world() -> World:
    world, runs = a_backtest_world(900)
    files = library_files()
    facts = StrategyFacts(
        name="Hostile",
        title=hostile("title"),
        description=hostile("description"),
        line=1,
        parameters='{"properties": {}}',
    )
    problem = FileProblem(line=1, message=hostile("problem"))
    path = f"user_strategies/{hostile('path').replace('/', '')}.py"
    ours = StrategyFile(
        path=path, version="v", seen_at=NOW, strategies=(facts,), problems=(problem,)
    )
    world.strategies.save_files([*files, ours])
    group = evaluate_strategy(world, "EmaCrossover", {"fast": 9, "slow": 21}, "config:trend")
    status = world.signals.group(group)
    assert status is not None
    close_time = status.evaluated_to + Timeframe.M1.duration
    world.btc.trade("66000", at=close_time)
    publish_signal(world, group, close_time, Direction.FLAT, hostile("reason"))
    skip(world, group, close_time + Timeframe.M1.duration, hostile("skip"))
    world.layouts.save(ChartLayout(name="<img src=x onerror=window.pwned=1>layout"[:40]))
    world.report(CollectorState.DEGRADED, problem=hostile("collector"))
    form = a_form(world)
    config = check_form(form, world.strategies.files()).config
    assert config is not None
    runs.run(config.model_dump(mode="json"), UNMONITORED)
    kept = next(iter(world.store.backtests))
    world.backtests.annotate(kept, hostile("note"), [hostile("tag")])
    return world


def test_names_notes_and_reasons_are_shown_and_never_run(
    port: int, browser_session: BrowserSession
) -> None:
    world = a_hostile_world()
    with world.serve(port) as site:
        page = browser_session.open(site)
        wait_for_chart(page)
        expect(page.locator("#banner")).to_contain_text("collector")
        page.click("#market-layouts")
        expect(page.locator(".dialog")).to_contain_text("layout")
        assert_harmless(page)
        page.keyboard.press("Escape")
        page.click("#market-signals")
        expect(page.locator(".dialog")).to_contain_text("skip")
        page.get_by_role("button", name="Request a strategy").click()
        assert_harmless(page)
        page.goto(f"{site}/strategies?name=Hostile")
        expect(page.locator(".strategies-grid")).to_contain_text("description")
        assert_harmless(page)
        page.goto(f"{site}/strategies?name=EmaCrossover")
        expect(page.locator(".last-signals")).to_contain_text("reason")
        assert_harmless(page)
        page.goto(f"{site}/backtests")
        expect(page.locator("#backtest-list")).to_contain_text("EmaCrossover")
        assert_harmless(page)
        page.goto(f"{site}/backtests?run=1")
        expect(page.locator("#backtest-result")).to_contain_text("EmaCrossover", timeout=20_000)
        expect(page.locator("#backtest-result .annotation")).to_contain_text("note")
        assert_harmless(page)
        assert (
            page.evaluate(FILED, module_url(page, "core/csv.js"))
            == '"\'=note"\r\n"\'=2+2"\r\n"\'@x ""y"""\r\n-2\r\n'
        )
