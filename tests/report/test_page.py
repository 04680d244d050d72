"""`eipctl report -o html` in a browser. No console message and no request: the fixture looks after every test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from eipctl.output.report.render import render_html
from tests.report import fleets

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.report.conftest import Open, Opened

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
DANGER = "document.querySelectorAll('img, iframe, [onerror], script:not(#data):not(:last-of-type)').length"
CONTROLS = "[...document.querySelectorAll('nav, input, .chips, .small, .more')]"
CONTRAST = """() => {
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = parts(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const told = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!told || !node.checkVisibility()) continue;
    const style = getComputedStyle(node), back = light(ground(node));
    const faint = Number(style.opacity);
    const mixed = parts(style.color).slice(0, 3).map((value, at) => value * faint + ground(node)[at] * (1 - faint));
    const fore = light(mixed);
    const ratio = (Math.max(fore, back) + 0.05) / (Math.min(fore, back) + 0.05);
    if (ratio < 4.5) poor.push(`${node.tagName}.${node.className}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
}"""


def status_of(page: Opened, place: str) -> str:
    return page.page.locator(f"#{place} [role=status]").inner_text()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [400, 1000, 1600])
def test_it_fits_every_screen_in_both_themes(opened: Open, width: int, theme: Literal["light", "dark"]) -> None:
    """Nothing is wider than the screen, and all text stands out from its ground by WCAG's 4.5 to 1."""
    page = opened(fleets.fleet(), width, theme).page
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate(CONTRAST) == []


def test_names_that_are_markup_stay_text(opened: Open) -> None:
    """Of Pods, contexts, reasons, runs: shown as they are, also in details that are opened."""
    found = opened(fleets.hostile())
    for button in found.page.locator("button.open").all():
        button.click()
    assert found.page.evaluate(DANGER) == 0
    assert found.page.evaluate("typeof window.injected") == "undefined"
    shown = fleets.MARKUP.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
    assert shown in found.column("pod-table", "Pod")
    assert shown in found.column("run-table", "Command")
    assert shown in found.page.locator("#glance").inner_text()
    assert shown in found.page.locator(".detail-row").first.inner_text()


def test_a_script_or_style_that_is_not_its_own_is_refused(browser: Browser) -> None:
    """The policy names the page's script and style by their hashes, and lets nothing else run, load or be sent."""
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    text = render_html(fleets.fleet(4, 1), named=True)
    foreign = (
        "<script>window.injected = 1</script><style>h1 { color: red }</style><img src='https://example.com/x.png'>"
    )
    page.set_content(text.replace("</main>", f"{foreign}</main>"))
    assert page.evaluate("typeof window.injected") == "undefined"
    assert len([text for text in said if "Content Security Policy" in text]) == 3
    page.close()


def test_ten_thousand_pods_are_drawn_as_far_as_one_looks(opened: Open) -> None:
    """Searched and sorted as a whole, drawn by the hundred."""
    found = opened(fleets.fleet(10_000, 40))
    assert status_of(found, "pod-table") == "10,040 Pods"
    assert len(found.rows("pod-table")) < 500
    found.page.fill("#pod-table input", "-9994 media")
    assert found.column("pod-table", "Pod") == ["transcode-9994"]
    assert status_of(found, "pod-table") == "1 of 10,040 Pods"
    found.page.keyboard.press("Escape")
    assert status_of(found, "pod-table") == "10,040 Pods"
    drawn = len(found.rows("pod-table"))
    found.page.locator("#pod-table .more").scroll_into_view_if_needed()
    found.page.locator("#pod-table tbody tr").nth(drawn).wait_for()


def test_search_takes_several_words_of_any_field(opened: Open) -> None:
    """All of them must be there, whatever their case; a search without result says so."""
    found = opened(fleets.fleet())
    found.page.fill("#pod-table input", "BEIJING conflict")
    assert [row[:2] for row in found.rows("pod-table")] == [["Conflict", "beijing"]]
    found.page.fill("#pod-table input", "no-such-pod")
    assert found.rows("pod-table") == [["No Pod fits."]]


def test_lists_are_sorted_by_any_column_and_back(opened: Open) -> None:
    """Worst state first at the beginning; numbers inside names count as numbers; money with the most first."""
    found = opened(fleets.fleet())
    assert found.column("pod-table", "State")[0] == "Conflict"
    head = found.page.locator("#pod-table thead")
    head.get_by_role("button", name="EIP").click()
    addresses = [tuple(map(int, text.split("."))) for text in found.column("pod-table", "EIP")]
    assert addresses == sorted(addresses)
    assert head.locator("th[aria-sort]").all_inner_texts() == ["EIP"]
    head.get_by_role("button", name="CNY/month").click()
    assert head.locator("th[aria-sort=descending]").count() == 1
    assert found.column("pod-table", "CNY/month")[0] == "14.60"
    head.get_by_role("button", name="CNY/month").click()
    assert head.locator("th[aria-sort=ascending]").count() == 1
    assert found.column("pod-table", "CNY/month")[0] == ""


def test_states_are_chosen_by_their_buttons(opened: Open) -> None:
    """Several together; pressed ones say that they are."""
    found = opened(fleets.fleet())
    for state in ("Drifted", "Pending"):
        found.page.get_by_role("button", name=state).last.click()
    assert set(found.column("pod-table", "State")) == {"Drifted", "Pending"}
    assert found.page.locator(".chip[aria-pressed=true]").count() == 2


def test_the_keyboard_is_enough(opened: Open) -> None:
    """/ goes to the search, Tab to a Pod's name, Enter opens its details and closes them."""
    found = opened(fleets.fleet())
    keyboard = found.page.keyboard
    keyboard.press("/")
    keyboard.type("lobby-19")
    assert found.column("pod-table", "Pod")[:1] == ["lobby-19"]
    for _ in range(40):
        keyboard.press("Tab")
        if found.page.evaluate("document.activeElement.className") == "open":
            break
    keyboard.press("Enter")
    detail = found.page.locator("#pod-table .detail-row").inner_text()
    assert "asks for 10 Mbit/s and has 5" in detail
    assert "eipctl status --context hangzhou pod/lobby-19 -n game" in detail
    assert found.page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert found.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    keyboard.press("Enter")
    assert found.page.locator("#pod-table .detail-row").count() == 0


def test_a_command_is_copied_with_its_context(opened: Open) -> None:
    """The button puts the command beside it into the clipboard."""
    found = opened(fleets.fleet())
    found.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    command = found.page.locator(".problems .command").first
    command.get_by_role("button").click()
    command.get_by_text("Copied").wait_for()
    text = found.page.evaluate("navigator.clipboard.readText()")
    assert text == command.locator("code").inner_text() == "eipctl bind --context hangzhou -A"


def test_a_run_opens_to_its_actions(opened: Open) -> None:
    """With what became of each."""
    found = opened(fleets.fleet())
    found.page.locator("#run-table button.open").nth(3).click()
    detail = found.page.locator("#run-table .detail-row").inner_text()
    assert "done associate pod/game/lobby-0" in detail
    assert "IncorrectEipStatus" in detail


def test_print_has_the_rows_and_not_the_controls(opened: Open) -> None:
    """On white, with as many Pods as fit a reader's patience, whatever the screen's theme."""
    found = opened(fleets.fleet(2000, 0), theme="dark")
    found.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    found.page.emulate_media(media="print")
    assert len(found.rows("pod-table")) == 1000
    assert found.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert found.page.evaluate(f"{CONTROLS}.filter(node => node.checkVisibility()).length") == 0
    assert found.page.pdf().startswith(b"%PDF")


def test_without_scripts_all_but_the_lists_is_there(opened: Open) -> None:
    """A mail program that runs none shows what is wrong and what it costs."""
    page = opened(fleets.fleet(), scripts=False).page
    assert page.locator(".problems li").count() == 13
    assert "2,350.60" in page.locator("#money").inner_text()
    assert "needs JavaScript" in page.locator("#pods").inner_text()


def test_the_clusters_are_seen_at_a_glance(opened: Open) -> None:
    """A row each, one that does not answer with why, and the sum of the others."""
    page = opened(fleets.fleet()).page
    rows = {
        row[0].split("\n")[0].strip(): row[1:]
        for row in page.eval_on_selector_all(
            "#glance tbody tr, #glance tfoot tr", "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
        )
    }
    assert rows["hangzhou"] == ["400", "4", "4", "5", "4", "383", "9", "3", "0", "5,825.40", "175.20"]
    assert "does not answer" in rows["shanghai"][0]
    assert rows["All clusters"] == ["440", "5", "5", "6", "4", "420", "9", "4", "0", "6,394.80", "189.80"]


@pytest.mark.parametrize("width", [1000, 1600])
def test_names_and_ids_are_not_broken_within_a_word(opened: Open, width: int) -> None:
    """An allocation ID or a Pod's name that goes on in the next line can't be read, nor found by its end."""
    found = fleets.fleet()
    status = found.clusters[0].status
    assert status is not None
    why = "can't be released: a cloud service manages the EIP, and deletion protection is on"
    orphans = tuple(replace(row, pod="default/gone", reason=why) for row in status.orphans)
    alone = replace(found.clusters[0], status=replace(status, orphans=orphans))
    page = opened(replace(found, clusters=(alone,)), width).page
    broken = page.evaluate("""() => [...document.querySelectorAll("#orphan-table td")].filter((cell) => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      const lines = new Set([...range.getClientRects()].map((part) => Math.round(part.top)));
      return /^\\S+$/.test(cell.innerText) && lines.size > 1;
    }).map((cell) => cell.innerText)""")
    assert broken == []
