"""A widget in a page of the browser: its controls, moved as a learner does, and its picture."""

import time

import pytest
from notebook_page import NotebookPage
from playwright.sync_api import Locator

SECONDS = 240  # for a picture to change
# Of a slider, until the picture must have changed: with the little data of the smoke budget one may
# be too small to be seen.
STEPS = 10
# Whatever takes the keyboard's focus can be moved by a learner. The number beside a slider goes
# with it.
CONTROLS = """select, input, textarea, button, [role=slider], [tabindex='0'],
    [contenteditable=true]:not(.widget-slider .widget-readout)"""
KIND = """element => element.matches('.widget-play > :first-child') ? 'play'
    : element.matches('.widget-play > *') ? 'part of play'
    : element.matches('.noUi-handle') ? 'slider'
    : element.matches('button.jupyter-button') ? 'button'
    : element.matches('.widget-dropdown select') ? 'dropdown'
    : element.matches('.widget-checkbox input[type=checkbox]') ? 'checkbox'
    : element.outerHTML"""
NAME = """element => {
    const widget = element.closest('.jupyter-widgets');
    const texts = [...widget.querySelectorAll('.widget-label'), widget].map(
        part => part.innerText.replaceAll('\u200b', '').trim());
    return texts.find(text => text);
}"""
# A hash of the files that the pictures show; nothing while one of them is being exchanged.
PICTURE = """async box => {
    try {
        const hashes = [...box.querySelectorAll('img')].map(async image => {
            const file = await (await fetch(image.src)).arrayBuffer();
            return new Uint8Array(await crypto.subtle.digest('SHA-256', file)).toString();
        });
        return (await Promise.all(hashes)).join(' ');
    } catch { return ''; }
}"""
# What is not seen as it should be: text that is cut off, a picture that is stretched, what is too
# wide.
UNSEEN = """box => {
    const found = [], right = box.getBoundingClientRect().right;
    for (const text of box.querySelectorAll('.widget-label, .widget-readout, button'))
        if (text.scrollWidth > text.clientWidth + 1) found.push('cut off: ' + text.innerText);
    for (const image of box.querySelectorAll('img'))
        if (Math.abs(image.clientWidth - image.naturalWidth) > 1)
            found.push(`a picture ${image.naturalWidth} wide shown ${image.clientWidth} wide`);
    for (const part of box.querySelectorAll('img, .jupyter-widgets'))
        if (part.getBoundingClientRect().right > right + 1)
            found.push('too wide: ' + part.className);
    return found;
}"""


class WidgetCell:
    """The widget that a cell shows.

    Attributes:
        box: the cell's output.
        controls: what can be moved, from top to bottom: (kind, name, element).
        is_game: whether it has buttons for a step and for a new beginning; then the settings are
            seen in what one step from the beginning makes.
        arrow_keys: whether the application leaves them to a slider.
    """

    def __init__(self, notebook: NotebookPage, index: int, arrow_keys: bool = True):
        self.notebook, self.page, self.arrow_keys = notebook, notebook.page, arrow_keys
        self.box: Locator = notebook.show(index).locator(".jp-Cell-outputArea")
        self.box.locator("img").first.wait_for()
        self.controls = [
            (element.evaluate(KIND), element.evaluate(NAME), element)
            for element in self.box.locator(CONTROLS).all()
        ]
        self.controls = [each for each in self.controls if each[0] != "part of play"]
        names = {name for kind, name, _ in self.controls if kind == "button"}
        self.is_game = {"step", "reset"} <= names

    def unseen(self) -> list[str]:
        """What of the widget cannot be seen as it should."""
        return self.box.evaluate(UNSEEN)

    def until(self, holds, what: str) -> None:
        """Looks again and again until something holds, and fails if that never comes."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            if time.monotonic() > deadline:
                pytest.fail(f"{what}\nThe widget says:\n{self.box.inner_text()}")
            self.page.wait_for_timeout(30)

    def shown(self) -> str:
        """Which picture is shown now."""
        return self.box.evaluate(PICTURE)

    def picture(self) -> str:
        """Which picture is shown once the kernel has done all."""
        self.notebook.wait_for_kernel()
        pictures = []
        self.until(lambda: pictures.append(self.shown()) or pictures[-1], "There is no picture.")
        return pictures[-1]

    def begin(self) -> str:
        """The picture to compare others with: of a game, that after a step from the beginning."""
        if self.is_game:
            for name in ("reset", "step"):
                self.box.get_by_role("button", name=name, exact=True).click()
                self.notebook.wait_for_kernel()
        return self.picture()

    def differs(self, before: str, what: str) -> None:
        """Fails unless the picture becomes another one."""
        if self.is_game:
            assert self.begin() != before, f"{what}, and the first step shows what it did before."
        else:
            self.until(lambda: self.shown() not in ("", before), f"{what}, and the picture stays.")

    def returns(self, before: str, what: str) -> None:
        """Fails unless the picture becomes what it was."""
        if self.is_game:
            assert self.begin() == before, f"{what}, and the first step shows something else."
        else:
            self.until(lambda: self.shown() == before, f"{what}, and the picture stays another.")

    def move(self, kind: str, name: str, element: Locator, screenshot) -> None:
        """Moves one control, sees the picture follow, and moves it back where it can be."""
        ways = {
            "slider": self.move_slider,
            "dropdown": self.move_dropdown,
            "checkbox": self.move_checkbox,
            "button": self.move_button,
            "play": self.move_play,
        }
        if kind not in ways:
            pytest.fail(f"Nobody knows how to move this control; add a way to do it:\n{kind}")
        ways[kind](name, element, self.begin(), screenshot)

    def move_slider(self, name: str, handle: Locator, before: str, screenshot) -> None:
        """By arrow keys, by writing the number beside it, by mouse; each time there and back."""
        slider = handle.locator("xpath=ancestor::*[contains(@class,'widget-slider')]")
        readout, track = slider.locator(".widget-readout"), slider.locator(".noUi-base")
        value = readout.inner_text()
        now, least, most = (handle.get_attribute(f"aria-value{at}") for at in ("now", "min", "max"))
        there, back, end = "ArrowRight", "ArrowLeft", most
        if now == most:
            there, back, end = "ArrowLeft", "ArrowRight", least
        if self.arrow_keys:
            presses = self.press(name, handle, there, before)
            assert readout.inner_text() != value, f"{name}: the number beside the slider stays"
            for _ in range(presses):
                handle.press(back)
            self.returns(before, f"{name}: {back}")
        self.write(readout, end)
        self.differs(before, f"{name}: {end} was written beside the slider")
        at_the_end = self.picture()
        self.write(readout, value)
        self.returns(before, f"{name}: {value} was written beside the slider")
        handle.scroll_into_view_if_needed()
        grip, way = handle.bounding_box(), track.bounding_box()
        height = grip["y"] + grip["height"] / 2
        self.page.mouse.move(grip["x"] + grip["width"] / 2, height)
        self.page.mouse.down()
        self.page.mouse.move(
            way["x"] + (way["width"] + 20 if end == most else -20), height, steps=10
        )
        self.page.mouse.up()
        self.returns(at_the_end, f"{name}: dragged to {end}")
        screenshot(name)
        self.write(readout, value)
        self.returns(before, f"{name}: {value} was written again")

    def press(self, name: str, handle: Locator, key: str, before: str) -> int:
        """An arrow key until the picture follows; returns how often it was pressed."""
        for presses in range(1, STEPS):
            handle.press(key)
            if self.begin() != before:
                return presses
        handle.press(key)
        self.differs(before, f"{name}: {key}, {STEPS} times")
        return STEPS

    def write(self, readout: Locator, value: str) -> None:
        """A number into the field beside a slider."""
        readout.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(value)
        self.page.keyboard.press("Enter")

    def move_dropdown(self, name: str, select: Locator, before: str, screenshot) -> None:
        """To every other choice, and back from each."""
        value = select.input_value()
        choices = [option.inner_text() for option in select.locator("option").all()]
        chosen = select.locator("option:checked").inner_text()
        for choice in choices:
            if choice != chosen:
                select.select_option(label=choice)
                self.differs(before, f"{name}: {choice}")
                screenshot(f"{name} {choice}")
        select.select_option(value)
        self.returns(before, f"{name}: {chosen}")

    def move_checkbox(self, name: str, box: Locator, before: str, screenshot) -> None:
        """On and off."""
        box.click()
        self.differs(before, f"{name}: clicked")
        screenshot(name)
        box.click()
        self.returns(before, f"{name}: clicked again")

    def move_button(self, name: str, button: Locator, before: str, screenshot) -> None:
        """One that now says something else has begun to play: see it go on, and stop it."""
        button.click()
        self.until(
            lambda: self.shown() not in ("", before), f"{name} was clicked, and the picture stays."
        )
        self.notebook.wait_for_kernel()
        screenshot(name)
        if button.inner_text() != name:
            for _ in range(3):
                now = self.shown()
                self.until(lambda now=now: self.shown() not in ("", now), f"{name} does not go on.")
            button.click()
            self.until(lambda: button.inner_text() == name, f"{name} does not stop.")
            still = self.picture()
            self.page.wait_for_timeout(1000)  # some ten frames, if it went on
            assert self.shown() == still, f"{name} was stopped, and the picture goes on"

    def move_play(self, name: str, play: Locator, before: str, screenshot) -> None:
        """The buttons of a film: let it go on, stop it, and go back to its beginning."""
        # Over and over: it lasts three seconds, and a busy machine needs longer to look.
        play.locator("xpath=following-sibling::button[2]").click()
        play.click()
        self.differs(before, "play was clicked")
        screenshot("play")
        for _ in range(3):
            now = self.shown()
            self.until(lambda now=now: self.shown() not in ("", now), "The film does not go on.")
        play.click()
        still = self.picture()
        self.page.wait_for_timeout(1000)  # some eight pictures, if it went on
        assert self.shown() == still, "The film was stopped, and goes on"
        play.locator("xpath=following-sibling::button[1]").click()
        self.returns(before, "the film was sent back to its beginning")
