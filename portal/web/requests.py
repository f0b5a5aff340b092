"""One log line per request: the route, never the address typed, which may carry personal data."""

import time
import uuid

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()


def log_requests(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid.uuid4().hex[:12])

    @app.after_request
    def tell(response: Response) -> Response:
        if request.endpoint != "static":
            elapsed = (time.perf_counter() - g.started) * 1000 if "started" in g else 0.0
            rule = request.url_rule.rule if request.url_rule else "(no route)"
            log.info("request", method=request.method, route=rule, status=response.status_code, ms=round(elapsed, 1))
        return response
