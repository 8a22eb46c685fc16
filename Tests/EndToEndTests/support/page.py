"""The page in a browser: its server, Chromium, and what a visitor does and sees."""

import time
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
PAGE_FILES = Path(__file__).parents[3] / "Sources/Server/Page"


class Served:
    """A process of `s3audit serve`."""

    def __init__(self, audit, token, port):
        options = []
        if token:
            file = audit.home / "token"
            file.write_text(token)
            file.chmod(0o600)
            options = ["--token-file", file]
        self.log = audit.home / "access.log"
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = audit.start("serve", "--listen", f"127.0.0.1:{port}", "--quiet", *options, stderr=log)
        self.url = self.process.stdout.readline().removeprefix("Serving ").strip()
        assert self.url.startswith("http://127.0.0.1:"), self.log.read_text()
        self.port = int(self.url.rpartition(":")[2].strip("/"))

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0, self.log.read_text()
        self.process.stdout.close()


@contextmanager
def serving(audit, token=None, port=0):
    """The one place that starts a server for the page."""
    server = Served(audit, token, port)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


class Visit:
    """A page that somebody looks at, and what the browser tells of it."""

    def __init__(self, browser, url, address="", **options):
        self.url = url
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.messages, self.requests, self.answers = [], [], []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.messages.append("dialog: " + dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("response", lambda response: self.answers.append(response))
        self.page.goto(url + address)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.context.close()
        if kind is None:
            self.check_quiet()

    def check_quiet(self):
        """Nothing went to the console, and nothing was asked of anybody else."""
        assert self.messages == []
        assert [url for url in self.requests if not url.startswith(self.url)] == []

    def settle(self):
        """Waits until all that the address asks for is drawn. The CSP forbids Playwright's own waiting."""
        self.wait(lambda: self.page.evaluate(
            "document.body.dataset.loaded === (location.hash || '#') && new Promise(done =>"
            " requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"), "a page that is drawn")
        return self

    def wait(self, condition, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"no {what} within {seconds} s: {self.messages}"
            self.page.wait_for_timeout(30)

    def says(self, words, seconds=20):
        """Waits for words anywhere on the page."""
        self.wait(lambda: words in self.text("body"), repr(words), seconds)

    def go(self, address):
        self.page.evaluate("address => { location.hash = address }", address)
        return self.settle()

    def text(self, selector):
        """The text below an element, blanks as such."""
        return self.page.locator(selector).first.inner_text().replace("\u00a0", " ")

    def texts(self, selector):
        return [text.replace("\u00a0", " ") for text in self.page.locator(selector).all_inner_texts()]

    @property
    def address(self):
        return self.page.evaluate("location.hash")

    def focused(self):
        return self.page.evaluate(
            "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")

    def model(self, function, argument=None):
        """What a JavaScript function of the page's model and an argument returns, run in the page."""
        return self.page.evaluate(
            f"async argument => ({function})(await import(location.origin + '/model.js'), argument)", argument)
