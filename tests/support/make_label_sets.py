"""A recipe of rows with several labels: messages about food, service, price and room."""

LABELS = {
    "food": {"share": 0.5, "means": "what was eaten"},
    "service": {"share": 0.4, "means": "how the staff was", "unlike": ["room"]},
    "price": {"share": 0.3, "means": "what it cost"},
    "room": {"share": 0.3, "means": "the room"},
}
PER_ROW = {"min": 1, "max": 3, "sizes": {1: 0.6, 2: 0.3, 3: 0.1}, "co_occurrence": {"food + service": 0.2}}
SEVERAL = {"labels": LABELS, "labels_per_row": PER_ROW, "rows": 20, "seeds": None, "held_out": None}
