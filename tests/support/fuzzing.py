"""Model answers as they come, and as they come damaged: mutations drawn by a seed."""

import json
import random

TEXTS = [
    "My parcel is late.",
    'it\'s "fine", I guess',
    "Ça va ? 大丈夫 👩‍💻",
    "line one\nline two",
    "C:\\path {x} [y]",
    "مرحبا",
]
SPECIAL = ['"', "\\", "{", "}", "[", "]", ",", ":", "'", "\n", "```", "</think>", "<think>", "null", "NaN", "1e999",
    "\0",
           "\ud800", "\u202e", "\ufeff", "\u2028", "é", "\x1b[31m", "👍🏽", "<!--", "\\u0000", "\\ud83d", "text",
               "\"text\":"]  # fmt: skip
SHAPES = [
    lambda rows: json.dumps({"rows": rows}),
    lambda rows: json.dumps(rows, ensure_ascii=False, indent=2),
    lambda rows: "\n".join(map(json.dumps, rows)),
    lambda rows: f"Sure! Here are {len(rows)}:\n```json\n{json.dumps({'rows': rows}, indent=1)}\n```\nMore?",
    lambda rows: f"<think>\nsome {{braces}}\n</think>\n{json.dumps({'data': {'items': rows}})}",
    lambda rows: repr(rows),
    lambda rows: json.dumps({str(place): row for place, row in enumerate(rows)}),
    lambda rows: json.dumps({"rows": [{"label": "cat", **row, "mood": None} for row in rows]}),
    lambda rows: json.dumps({"rows": [row["text"] for row in rows]}),
    lambda rows: json.dumps({"text": [row["text"] for row in rows]}),
    lambda rows: "\n".join(f"{place}. {row['text']}" for place, row in enumerate(rows, 1)),
    lambda rows: "".join(f"<row>{row['text']}</row>" for row in rows),
    lambda rows: json.dumps(rows[0]),
    lambda rows: '{"rows": []}',
    lambda rows: "I'm sorry, but I can't help with that.",
    lambda rows: json.dumps(json.dumps({"rows": rows})),
]


def cut(text: str, chance: random.Random) -> str:
    """Return the beginning of a text."""
    return text[: chance.randrange(len(text) + 1)]


def flip(text: str, chance: random.Random) -> str:
    """Return a text with a few bits of its bytes turned over."""
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(chance.randint(1, 6) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data.decode("utf-8", chance.choice(["replace", "surrogateescape"]))


def put_in(text: str, chance: random.Random) -> str:
    """Return a text with special signs put into it."""
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(SPECIAL) * chance.choice([1, 1, 1, 40]) + text[at:]
    return text


def take_out(text: str, chance: random.Random) -> str:
    """Return a text without a piece of it."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.randint(1, 12) :]


def say_twice(text: str, chance: random.Random) -> str:
    """Return a text in which a piece is said again."""
    one, other = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:other] + text[one:]


def nest(text: str, chance: random.Random) -> str:
    """Return a text deep inside brackets, closed or not."""
    depth = chance.choice([1, 3, 60, 70, 2000])
    opening, closing = chance.choice([("[", "]"), ('{"rows":', "}"), ('{"text":', "}"), ("```json\n", "\n```")])
    return opening * depth + text + closing * chance.choice([depth, 0, depth - 1])


def blow_up(text: str, chance: random.Random) -> str:
    """Return a text of up to some hundred thousand characters."""
    more = chance.choice([" ", "\\", '"', "{", '{"text": "a"},', "x", "👍"])
    return text + more * chance.choice([10, 10, 1000, 1000, 20_000])


MUTATIONS = [cut, cut, flip, flip, put_in, put_in, take_out, say_twice, nest, blow_up]


def make_fuzzed(count: int, seed: int) -> list[dict]:
    """Return so many answers (text, finish_reason), each a real shape of answer with up to three mutations."""
    chance, answers = random.Random(seed), []
    for place in range(count):
        texts = [f"{chance.choice(TEXTS)} {place}-{number}" for number in range(chance.randint(1, 4))]
        answer = chance.choice(SHAPES)([{"text": text} for text in texts])
        for _ in range(chance.randint(0, 3)):
            answer = chance.choice(MUTATIONS)(answer, chance)
        # As the gateway hands answers on: halves of surrogate pairs are replaced.
        answer = answer.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        answers.append(
            {"text": answer, "finish_reason": chance.choice(["stop", "stop", "length", "content_filter", None])}
        )
    return answers
