"""Origins with parsers of three makes that all tell the same: nginx, Node, and the tests' own strict reader.

`take(last)` gives the requests that came in whole since the last call, as (method, target, content); `complaints()` what a
parser refused. Every answer is a JSON object that says which request it answers.
"""
import grp
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading

import case
import gateway
import origin


FORBIDDEN_TRAILERS = ("content-length", "transfer-encoding", "host", "connection", "trailer", "te", "upgrade", "authorization",
                      "proxy-authorization", "proxy-connection")


class Telling:
    def __init__(self):
        self.lock = threading.Lock()
        self.told = []
        self.refused = []

    def tell(self, method, target, body):
        with self.lock:
            self.told.append((method, target, body))

    def take(self, last):
        """Everything up to the request for the target `last`, which has been answered already."""
        def complete():
            with self.lock:
                return any(target == last for _, target, _ in self.told)

        gateway.wait_until(complete, f"{last} to be told")
        with self.lock:
            told, self.told = self.told, []
        return told

    def complaints(self):
        with self.lock:
            return list(self.refused)


class Strict(Telling, origin.HttpOrigin):
    """The tests' own: anything but plain framing is an error."""

    def __init__(self):
        Telling.__init__(self)
        origin.HttpOrigin.__init__(self)
        self.fallback = self.echo

    def echo(self, request, stream):
        if len(request.values("content-length")) + len(request.values("transfer-encoding")) > 1:
            raise ValueError(f"two framings: {request.head!r}")
        if len(request.values("host")) != 1:
            raise ValueError(f"not one Host: {request.head!r}")
        trailers = origin.split_head(b"\r\n" + request.trailers)[1]
        if any(name.lower() in FORBIDDEN_TRAILERS for name, _ in trailers):
            raise ValueError(f"trailers that must not come: {request.trailers!r}")
        self.tell(request.method, request.target, request.body)
        content = json.dumps({"method": request.method, "target": request.target}).encode()
        answer = origin.reply(content, "application/json")
        stream.sock.sendall(answer[:-len(content)] if request.method == "HEAD" else answer)

    def complaints(self):
        return list(self.errors)


class Node(Telling):
    """node_origin.js, which reads with llhttp as Node configures it."""

    def __init__(self):
        super().__init__()
        script = pathlib.Path(__file__).with_name("node_origin.js")
        self.process = subprocess.Popen([case.tool("node"), str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, encoding="utf-8")
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        for line in self.process.stdout:
            saw = json.loads(line)
            if "error" not in saw:
                self.tell(saw["method"], saw["target"], saw["body"].encode("latin-1"))
            # A request cut short by the gateway is no complaint about what it said.
            elif saw["error"] not in ("ECONNRESET", "EPIPE", "HPE_INVALID_EOF_STATE"):
                with self.lock:
                    self.refused.append(saw["error"])

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.thread.join(30)
        self.process.stdout.close()


class Nginx(Telling):
    """nginx reads the request whole and passes it, written anew, to a Strict behind it, which tells."""

    CONFIG = """
daemon off;
user {user} {group};
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log info;
events {{}}
http {{
  access_log off;
  client_body_buffer_size 1m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000;
  server {{
    listen 127.0.0.1:{port};
    merge_slashes off;
    ignore_invalid_headers off;
    underscores_in_headers on;
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.1;
    }}
  }}
}}
"""

    def __init__(self):
        super().__init__()
        # Not on every unprivileged user's path.
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or case.tool("nginx")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="citygate-nginx-"))
        self.behind = Strict()
        # nginx takes over listening sockets named in NGINX: so its port is one that the kernel picked.
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
            self.port = listener.getsockname()[1]
            (self.folder / "nginx.conf").write_text(
                self.CONFIG.format(folder=self.folder, port=self.port, behind=self.behind.port,
                                   user=pwd.getpwuid(os.getuid()).pw_name, group=grp.getgrgid(os.getgid()).gr_name), "utf-8")
            os.set_inheritable(listener.fileno(), True)
            self.process = subprocess.Popen(
                [program, "-p", str(self.folder), "-e", str(self.folder / "error.log"), "-c", str(self.folder / "nginx.conf")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**os.environ, "NGINX": f"{listener.fileno()};"}, pass_fds=[listener.fileno()])

    def take(self, last):
        return self.behind.take(last)

    def complaints(self):
        log = (self.folder / "error.log").read_text("utf-8", errors="replace")
        return [line for line in log.splitlines() if "client sent" in line or "[emerg]" in line] + self.behind.complaints()

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        self.behind.close()
        shutil.rmtree(self.folder, ignore_errors=True)
