"""Headless Chromium, as a person at a desk would have it, with a profile of its own each time."""
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

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


class Tab:
    """A browser that is driven: goes somewhere, fills in forms, presses buttons, over its debugging pipe."""

    def __init__(self, *flags):
        self.profile = tempfile.mkdtemp(prefix="citygate-chromium-")
        its_input, self._commands = os.pipe()
        self._answers, its_output = os.pipe()
        # The pipe's ends have to be descriptors 3 and 4.
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{its_input} 4>&{its_output}', "sh", case.tool("chromium"),
             *(flag for flag in FLAGS if "timeout" not in flag and "virtual-time" not in flag), *flags,
             f"--user-data-dir={self.profile}", "--remote-debugging-pipe", "about:blank"],
            pass_fds=(its_input, its_output), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(its_input)
        os.close(its_output)
        self._buffer, self._number, self._session, self._events = b"", 0, None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")

    def close(self):
        os.close(self._commands)  # which ends it
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def ask(self, method, **params):
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._hear()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._events.append(answer.get("method"))

    def _hear(self):
        deadline = time.monotonic() + 60
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self._answers, 65536) if ready else b""
            if not piece:
                raise RuntimeError(f"the browser says nothing; its exit status is {self.process.poll()}")
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def run(self, script):
        """The value of an expression in the page."""
        result = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def _arrive(self, leave):
        self._events.clear()
        leave()
        while "Page.loadEventFired" not in self._events:
            self._events.append(self._hear().get("method"))
        return self

    def open(self, url):
        return self._arrive(lambda: self.ask("Page.navigate", url=url))

    def fill(self, **fields):
        for name, value in fields.items():
            self.run(f"document.getElementsByName({json.dumps(name)})[0].value = {json.dumps(value)}")
        return self

    def press(self, text):
        """The button or link of that text; waits for the page that it leads to."""
        script = ("[...document.querySelectorAll('button, a')].find(one => one.textContent.trim() == %s).click()"
                  % json.dumps(text))
        return self._arrive(lambda: self.run(script))

    @property
    def url(self):
        return self.run("location.href")

    @property
    def text(self):
        return self.run("document.body.innerText")
