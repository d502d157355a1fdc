"""What no schema can say about good input, for schemathesis.

A schema speaks of one value at a time. Where input is good only together with other input, or with what the server keeps,
the generated good cases are bent to it here; bad cases stay as they are.
"""

import base64
import itertools
import json
import os
import re

import schemathesis
from hypothesis import strategies as st

WORDS = ["lantern", "meadow", "orbit", "pepper", "quarry", "ribbon", "saddle", "timber", "velvet", "walnut"]
# The catalogue's first product is the one answer.
PRODUCT = "0d717eee-0000-8000-8000-000000000001"
OTHER_PRODUCTS = ["0d717eee-0000-8000-8000-000000000002", "0d717eee-0000-8000-8000-000000000003"]

# A cursor is the server's to make: the only one that a client can know by itself is the empty one, which begins a walk.
schemathesis.openapi.format("cursor", st.just(""))
# Passwords must not be well known, repeat themselves or follow a sequence.
schemathesis.openapi.format(
    "password", st.lists(st.sampled_from(WORDS), min_size=4, max_size=6, unique=True).map(" ".join)
)
# Registration marks have some thirty forms; two of these vehicles are known, one is not.
schemathesis.openapi.format("registration-mark", st.sampled_from(["L2 WPS", "AB64 CLK", "AB12 XYZ", "q412ktx"]))
# Providers are the operator's to configure; the offline advisor is always there.
schemathesis.openapi.format("provider", st.just("offline"))
schemathesis.openapi.format("model", st.just("offline-advisor-1"))
# Every variable that a template uses must be declared beside it.
schemathesis.openapi.format("template", st.sampled_from(["Say what you know.", "One line.\nAnother one.\n"]))
# Entity tags and event ids have patterns, which schemathesis leaves out of account in headers.
schemathesis.openapi.format("entity-tag", st.sampled_from(["*", '"1"', '"7.2"', 'W/"1"', '"x"']))
schemathesis.openapi.format("event-id", st.sampled_from(["", "01a21005-22b1-72b1-8cfa-a67b73870837"]))

_keys = itertools.count()


def _is_good(case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def _bend_query(query: dict) -> None:
    if "cursor" in query:
        query.pop("page", None)
    if query.get("version") is not None:
        query.pop("label", None)
    # A range ends after it starts, and covers no more points than an answer has.
    if "from" in query or "to" in query:
        query.update({"from": "2026-11-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"})
    # A key is of a dimension, and of its form.
    if "dimension" in query or "key" in query:
        query.update({"dimension": "provider", "key": "offline"})


def _bend_headers(headers: dict, body) -> None:
    # The cookie or the body carries the refresh token, never both.
    if isinstance(body, dict) and body.get("refreshToken") is not None:
        headers.pop("X-Session", None)


def _whole(value):
    """JSON Schema takes 1.0 for a whole number; the server asks for it to be written as one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _bend_body(operation: str, body: dict) -> None:
    if operation == "generate_ai_responses":
        # Each provider is asked once.
        body["providers"] = ["offline"]
    if operation == "update_prompt" and not (body.get("variables") is None and body.get("template") is None):
        body.update({"variables": [], "template": "Say what you know."})
    # Names of variables are declared once each.
    for field in ("variables", "declared"):
        if isinstance(body.get(field), list):
            body[field] = list({item["name"]: item for item in body[field]}.values())
    # Values are given for what requires one.
    if operation == "render_template":
        body["declared"] = [item | {"required": False} for item in body["declared"]]
        body["variables"] = {}
    if operation == "render_prompt" and body.get("version") is not None:
        body.pop("label", None)
    if operation == "create_order":
        _bend_order(body)
    # Cars are built until next year.
    if body.get("manufactureYear") is not None:
        body["manufactureYear"] = min(body["manufactureYear"], 2026)
    # The next service comes after the last.
    kept = body.get("metadata")
    if isinstance(kept, dict) and kept.get("lastServiceDate") and kept.get("nextServiceDue"):
        kept["nextServiceDue"] = max(kept["lastServiceDate"], kept["nextServiceDue"])
    # A report or a change tells something.
    if operation == "record_prompt_outcome" and all(value is None for value in body.values()):
        body["rating"] = 5
    if operation == "update_order":
        # Free metadata is bounded in bytes and depth, and goes with no status.
        body.pop("metadata", None)
        if body.get("status") is None:
            body["metadata"] = {"note": "kept"}


def _bend_order(body: dict) -> None:
    # An order buys something or asks; what is about the question comes with one, and the vehicle is named in one way.
    if not body.get("items") or any(body.get(name) for name in QUESTION):
        body["question"] = body.get("question") or "When is my MOT due?"
    if body.get("vehicleId"):
        body.pop("registrationNumber", None)
    # Free metadata is bounded in bytes and depth, and some of it has a meaning.
    if body.get("metadata"):
        body["metadata"] = {"note": "kept"}
    # A question buys one answer.
    if body.get("items"):
        bought = [PRODUCT] if body.get("question") else OTHER_PRODUCTS
        body["items"] = [
            {"productId": product, "quantity": 1 if product == PRODUCT else item["quantity"]}
            for product, item in zip(bought, body["items"])
        ]


QUESTION = ("vehicleId", "registrationNumber", "category", "provider")


KEY = re.compile(r'([!#-~]{1,255}|"[!#-~]{1,255}")')


def _bend_key(headers: dict) -> None:
    # A key that was used before is refused or replays, as it should: every case has one of its own, unless it is a bad one.
    if KEY.fullmatch(str(headers.get("Idempotency-Key", ""))):
        headers["Idempotency-Key"] = f"contract-{next(_keys)}"


def _own_id() -> str:
    payload = os.environ["CONTRACT_TOKEN"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"]


OWN_ID = _own_id()


@schemathesis.hook
def map_case(context, case):
    operation = case.operation.definition.raw["operationId"]
    if case.headers is not None:
        _bend_key(case.headers)
    # A change of one's own roles ends the session that every other case needs.
    if operation == "set_user_roles" and OWN_ID in str(case.path_parameters):
        case.path_parameters["id"] = "01a21005-22b1-72b1-8cfa-a67b73870837"
    if _is_good(case):
        if isinstance(case.query, dict):
            _bend_query(case.query)
        if case.headers is not None:
            _bend_headers(case.headers, case.body)
        # Without the cookie, the body has the token.
        if operation == "refresh_session" and "X-Session" not in (case.headers or {}):
            case.body = {"refreshToken": "unknown"}
        if isinstance(case.body, dict):
            case.body = _whole(case.body)
            _bend_body(operation, case.body)
    return case
