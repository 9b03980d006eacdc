"""A browser of the portal's, in twenty lines: TLS, cookies, forms; directly or through the gateway."""
import html.parser
import http.client
import socket
import ssl
import urllib.parse

NAME = "portal.testville.example"
SETTINGS = f"""
[portal]
name = "{NAME}"
listen = ["127.0.0.1:0"]
"""


class Page(html.parser.HTMLParser):
    """What a test asks of a page: forms with their fields, inputs without a label, the text."""

    def __init__(self, markup):
        super().__init__()
        self.forms, self.links, self.title, self.text = [], [], "", ""
        self.labels, self.ids, self.headings, self.language = set(), [], [], None
        self.landmarks = set()
        self._within = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "html":
            self.language = attrs.get("lang")
        if tag in ("main", "nav", "header", "footer"):
            self.landmarks.add(tag)
        if tag == "form":
            self.forms.append({"action": attrs["action"], "method": attrs["method"], "fields": {}, "choices": {}})
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "label":
            self.labels.add(attrs["for"])
        if tag in ("input", "textarea", "select", "button") and self.forms:
            if "name" in attrs and tag != "button":
                self.forms[-1]["fields"][attrs["name"]] = attrs.get("value", "")
            if attrs.get("type") not in ("hidden", "submit"):
                self.ids.append(attrs.get("id"))
        if tag == "select":
            self._select = attrs["name"]
        if tag == "option":
            self.forms[-1]["choices"].setdefault(self._select, []).append(attrs["value"])
        if tag not in ("meta", "link", "input", "br"):
            self._within.append(tag)

    def handle_endtag(self, tag):
        if tag in self._within:
            while self._within.pop() != tag:
                pass

    def handle_data(self, data):
        if "title" in self._within:
            self.title += data
        if "h1" in self._within:
            self.headings.append(data)
        self.text += data

    def form(self, action):
        """The first form that goes there."""
        return next(form for form in self.forms if form["action"] == action)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.bytes = response.read()
        self.body = self.bytes.decode(errors="replace")

    @property
    def page(self):
        return Page(self.body)

    @property
    def location(self):
        return self.headers.get("Location", "")


def trusting_nobody():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Browser:
    """One person's browser at `source`, one of the 127.0.0.x. `through`: the gateway's proxy port."""

    def __init__(self, port, *, source="127.0.0.1", through=None, connect_port=None, context=None):
        self.port, self.source, self.through = port, source, through
        self.connect_port = connect_port or port
        self.context = context or trusting_nobody()
        self.cookies = {}

    def connect(self):
        stream = socket.create_connection(("127.0.0.1", self.through or self.port), timeout=30,
                                          source_address=(self.source, 0))
        if self.through:
            stream.sendall(f"CONNECT {NAME}:{self.connect_port} HTTP/1.1\r\nHost: {NAME}:{self.connect_port}\r\n\r\n"
                           .encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = stream.recv(1)
                if not piece:
                    break
                answer += piece
            if not answer.startswith(b"HTTP/1.1 200"):
                stream.close()
                raise ConnectionError(answer.decode())
        return self.context.wrap_socket(stream, server_hostname=NAME)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection(NAME, self.port, context=self.context)
        connection.sock = self.connect()
        headers = {"Host": f"{NAME}:{self.port}", **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for field in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = field.partition("=")
            value = rest.partition(";")[0]
            if "Max-Age=0" in field:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path="/", **more):
        return self.ask("GET", path, **more)

    def send(self, form, **fields):
        """A form of a page, with these fields filled in."""
        return self.ask("POST", form["action"], urllib.parse.urlencode({**form["fields"], **fields}))

    def sign_in(self, name, password, path="/sign-in"):
        return self.send(self.get(path).page.form("/sign-in"), name=name, password=password)
