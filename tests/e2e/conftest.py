"""A real Chromium before a running studio. Each test gets a browser profile of its own, signed in
as the owner, and fails on any error that the page reports."""

import os
import shutil
from collections.abc import Iterator
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from accounts.models import User
from tests.studio import Studio

# Chromium's own address bar is made of two pages, which take more time for each of ours than ours
# do. The last such list counts, so those that Playwright turns off are here again.
FEATURES_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(FEATURES_OFF)}",
]
Motion = Literal["reduce", "no-preference"]
PATIENCE = 15_000  # ms: machines are shared
# What a lost connection and a refused request say; tests provoke both.
HARMLESS = ("Failed to load resource", "WebSocket connection to", "htmx: htmx:ws:error")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("Chromium is missing; `make test` as root on Debian installs it")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def live(live: Studio) -> str:
    """The address of the shared studio."""
    return live.url


@pytest.fixture
def motion() -> Motion:
    """What pages are told. Spinners and skeletons that turn cost more than all else that a page
    does while a test waits; modules whose tests are about it, or go all the way, want it."""
    return "reduce"


@pytest.fixture
def context(browser: Browser, live: str, owner: User, motion: Motion) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion=motion)
    sign_in(context, live, owner)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page, errors = context.new_page(), []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


def sign_in(context: BrowserContext, url: str, user: User) -> None:
    client = Client()
    client.force_login(user)
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}]
    )
