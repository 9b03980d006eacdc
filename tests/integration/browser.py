"""Headless Chromium, as a person at a desk would have it, with a profile of its own each time."""
import shutil
import subprocess
import tempfile

import case

PAGE = b"<!doctype html><html><head><title>Council</title></head><body><p id=\"m\">Minutes of the council</p></body></html>"
# The browser calls home whatever it is told; those names get an answer instead of a query.
HOME = ("*.google.com", "*.googleapis.com", "*.gvt1.com", "*.gstatic.com", "google.com")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
         "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,OptimizationHints,MediaRouter",
         "--disable-dev-shm-usage", "--proxy-bypass-list=<-loopback>", "--virtual-time-budget=8000", "--timeout=20000"]


def dom(url, *flags):
    """The page as the browser understood it."""
    profile = tempfile.mkdtemp(prefix="citygate-chromium-")
    try:
        result = subprocess.run(
            [case.tool("chromium"), *FLAGS, *flags, f"--user-data-dir={profile}", "--dump-dom", url],
            capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL, check=False)
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    return result.stdout
