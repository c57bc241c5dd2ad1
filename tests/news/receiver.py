"""A receiver of webhooks: real HTTP, with answers as a test wants them."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from typing_extensions import override


class Receiver:
    """Keeps what it was sent. Answers with ``status``, or not at all where that is ``None``."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.received: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((dict(self.headers.items()), body))
                if receiver.status is None:
                    self.close_connection = True
                    return
                self.send_response(receiver.status)
                self.send_header("Location", receiver.url + "elsewhere")
                self.end_headers()

            @override
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
