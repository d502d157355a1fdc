"""The providers' own clients against the doubles: what these accept, the doubles say as the providers do.

Usage: check.py ADDRESS, where `provider_doubles` listens.
"""

import json
import sys
import urllib.request

import anthropic
import openai
from google import genai
from google.genai import errors as gemini_errors, types

ADDRESS = sys.argv[1]
TEXT = "Tyres need 1.6 mm: £ é 🚗."
KEY = "sk-double"
ANSWER = {
    "kind": "answer",
    "pieces": ["Tyres need ", "1.6 mm: ", "£ é 🚗."],
    "thoughts": "Hm.",
    "usage": {"fresh": 20, "cached": 4, "text": 9, "thoughts": 3},
}


def script(protocol, reply, **rest):
    order = {"protocol": protocol, "script": {"reply": reply, **rest}}
    request = urllib.request.Request(
        ADDRESS + "/script", json.dumps(order).encode(), {"content-type": "application/json"}
    )
    urllib.request.urlopen(request).read()


def error(protocol, status, body, headers=()):
    script(protocol, {"kind": "json", "status": status, "body": body}, headers=list(headers))


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found!r} instead of {expected!r}")


def raises(what, kind, call):
    try:
        call()
    except kind as raised:
        return raised
    sys.exit(f"{what}: no {kind.__name__}")


def check_openai():
    client = openai.OpenAI(api_key=KEY, base_url=ADDRESS + "/openai/v1", max_retries=0)
    messages = [{"role": "user", "content": "Hello"}]

    def ask(**more):
        return client.chat.completions.create(model="gpt-6-luna", messages=messages, max_completion_tokens=50, **more)

    script("openai", ANSWER)
    whole = ask()
    same("openai text", whole.choices[0].message.content, TEXT)
    same("openai finish", whole.choices[0].finish_reason, "stop")
    same("openai usage", (whole.usage.prompt_tokens, whole.usage.completion_tokens), (24, 12))
    same("openai cached", whole.usage.prompt_tokens_details.cached_tokens, 4)
    script("openai", ANSWER)
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    same("openai stream", "".join(c.choices[0].delta.content or "" for c in chunks if c.choices), TEXT)
    same("openai stream usage", chunks[-1].usage.total_tokens, 36)
    body = {"error": {"message": "m", "type": "requests", "param": None, "code": "rate_limit_exceeded"}}
    error("openai", 429, body, [["retry-after", "7"]])
    limited = raises("openai 429", openai.RateLimitError, ask)
    same("openai code", (limited.code, limited.response.headers["retry-after"]), ("rate_limit_exceeded", "7"))
    script("openai", {"kind": "errorInStream", "answer": {"pieces": ["Half"]}, "error": {"error": body["error"]}})
    raises("openai error in a stream", openai.APIError, lambda: list(ask(stream=True)))
    same("openai models", [model.id for model in client.models.list()], ["double-small", "double-large"])


def check_anthropic():
    client = anthropic.Anthropic(api_key=KEY, base_url=ADDRESS + "/anthropic", max_retries=0)
    asked = {"model": "claude-haiku-5-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}

    def text(message):
        return "".join(block.text for block in message.content if block.type == "text")

    script("anthropic", ANSWER)
    whole = client.messages.create(**asked)
    same("anthropic text", text(whole), TEXT)
    same("anthropic stop", whole.stop_reason, "end_turn")
    same("anthropic usage", (whole.usage.input_tokens, whole.usage.cache_read_input_tokens), (20, 4))
    script("anthropic", ANSWER)
    with client.messages.stream(**asked) as stream:
        same("anthropic stream", "".join(stream.text_stream), TEXT)
        same("anthropic end", text(stream.get_final_message()), TEXT)
        same("anthropic stream usage", stream.get_final_message().usage.output_tokens, 12)
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "m"}, "request_id": "req_1"}
    error("anthropic", 529, body)
    overloaded = raises("anthropic 529", anthropic.APIStatusError, lambda: client.messages.create(**asked))
    same("anthropic status", (overloaded.status_code, overloaded.request_id), (529, "req_double0001"))
    script("anthropic", {"kind": "errorInStream", "answer": {"pieces": ["Half"]}, "error": body})

    def read():
        with client.messages.stream(**asked) as stream:
            stream.until_done()

    raises("anthropic error in a stream", anthropic.APIStatusError, read)
    same("anthropic models", [model.id for model in client.models.list()], ["double-small", "double-large"])


def check_gemini():
    options = types.HttpOptions(base_url=ADDRESS + "/gemini")
    client = genai.Client(api_key=KEY, http_options=options)
    config = types.GenerateContentConfig(max_output_tokens=50, temperature=0.2)
    asked = {"model": "gemini-3.8-flash", "contents": "Hello", "config": config}
    script("gemini", ANSWER)
    whole = client.models.generate_content(**asked)
    same("gemini text", whole.text, TEXT)
    same("gemini finish", whole.candidates[0].finish_reason, types.FinishReason.STOP)
    usage = whole.usage_metadata
    counted = (usage.prompt_token_count, usage.candidates_token_count, usage.thoughts_token_count)
    same("gemini usage", counted, (24, 9, 3))
    script("gemini", ANSWER)
    same("gemini stream", "".join(c.text or "" for c in client.models.generate_content_stream(**asked)), TEXT)
    script("gemini", {**ANSWER, "ending": "promptBlocked"})
    blocked = client.models.generate_content(**asked)
    same("gemini blocked", (blocked.candidates, blocked.prompt_feedback.block_reason.name), (None, "SAFETY"))
    error("gemini", 429, {"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": []}})
    limited = raises("gemini 429", gemini_errors.ClientError, lambda: client.models.generate_content(**asked))
    same("gemini status", (limited.code, limited.status), (429, "RESOURCE_EXHAUSTED"))
    same("gemini models", [m.name for m in client.models.list()], ["models/double-small", "models/double-large"])


for check in (check_openai, check_anthropic, check_gemini):
    check()
received = json.load(urllib.request.urlopen(ADDRESS + "/received"))
for request in received:
    same(f"{request['protocol']} {request['path']}", request["violations"], [])
print(f"{len(received)} requests of the providers' own clients, all taken and answered as they expect")
