"""How a speaker says what they have in mind: templates, paraphrases, slips, too little said, something wrong said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from fleet.model.site import ObjectRecord, PlaceKind, SiteMap

T = TypeVar("T")
Step = tuple[str, str, str]  # skill, object id, target id
_CARRY = ("take", "bring", "carry", "move", "deliver", "get", "put", "transport", "fetch", "send")
_GIVE = ("give", "hand", "bring", "take", "pass", "deliver", "hand over")
_INSPECT = ("inspect", "check", "have a look at", "look at", "survey", "look around in", "go and see")
_WALK = ("go to", "walk to", "come to", "wait at", "stand at", "head to", "proceed to")
_BEFORE = ("", "", "", "please ", "can you ", "could you please ", "hey team, ", "quickly ", "we need you to ")
_AFTER = (
    "",
    "",
    "",
    " please",
    " now",
    " thanks",
    " within 10 minutes",
    " because it is needed",
    ", it is urgent",
    " asap",
)
_THEN = (" then ", " and then ", ", then ", "; ", ". ", " and ", ". After that ")
# The second of each pair the word list does not know.
_OTHER_WORDS: dict[str, tuple[str, ...]] = {
    "box": ("box", "box", "box", "crate", "package", "carton", "case", "tote"),
    "part": ("part", "part", "component", "piece"),
    "tool": ("tool", "tool", "instrument"),
    "unit": ("unit", "unit", "assembly"),
    "blue": ("blue", "blue", "blue", "navy", "sapphire"),
    "red": ("red", "red", "scarlet", "reddish"),
    "grey": ("grey", "gray", "silvery", "slate"),
    "violet": ("violet", "purple", "plum"),
    "teal": ("teal", "turquoise", "bluish"),
    "white": ("white", "white", "ivory", "pale"),
    "yellow": ("yellow", "yellow", "golden", "mustard"),
    "small": ("small", "small", "little", "compact"),
    "large": ("large", "big", "huge", "bulky"),
    "dressings": ("dressings", "bandages", "gauze"),
    "syringes": ("syringes", "needles"),
    "painkillers": ("painkillers", "analgesics", "pain pills"),
    "infusions": ("infusions", "drips", "IV bags"),
    "letters": ("letters", "mail", "envelopes"),
    "gloves": ("gloves", "glove", "mittens"),
    "linen": ("linen", "linen", "bed sheets"),
}
_ABSENT = ("elephant", "coffee machine", "ladder", "wheelchair", "bicycle", "fire extinguisher", "trolley", "printer")
_NOWHERE = ("the roof", "the car park", "the moon", "the basement", "the swimming pool", "building 7")


class Speaker:
    """Somebody on this site. `where` says where objects stand that are not where the inventory has them."""

    def __init__(self, site: SiteMap, where: Mapping[str, str], rng: np.random.Generator) -> None:
        self._site, self._where, self._rng = site, where, rng
        self._slots = [p for p in site.places.values() if p.surface is not None]
        self._rooms = [z for z in site.zones.values() if any(p.zone_id == z.zone_id for p in self._slots)]

    def says(self, kind: str) -> tuple[str, list[Step]]:
        """(the words, what is meant by them). Where `kind` is absent, one part is empty: it does not exist here."""
        if kind == "absent":
            return self._absent()
        count = 1 if kind != "steps" else int(self._rng.integers(2, 4))
        parts: list[str] = []
        truth: list[Step] = []
        for number in range(count):
            text, step = self._order(kind, truth[-1] if number and truth else None)
            parts.append(text)
            truth.append(step)
        said = parts[0]
        for part in parts[1:]:
            said += self._one(_THEN) + part
        return self._slips(self._one(_BEFORE) + said + self._one(_AFTER)), truth

    def _order(self, kind: str, before: Step | None) -> tuple[str, Step]:
        draw = self._rng.random()
        if kind == "steps" and before is not None and before[1] and draw < 0.2:
            place, place_id = self._place(kind)
            return f"{self._one(('bring', 'take', 'move'))} it to {place}", ("carry", before[1], place_id)
        if draw < 0.6 or kind in ("ambiguous", "wrong"):
            thing, object_id = self._thing(kind)
            place, place_id = self._place(kind)
            return f"{self._one(_CARRY)} {thing} to {place}", ("carry", object_id, place_id)
        if draw < 0.75 and self._site.people:
            thing, object_id = self._thing(kind)
            person, person_id = self._person()
            verb = self._one(_GIVE)
            if verb in ("give", "hand", "pass") and self._rng.random() < 0.4:
                return f"{verb} {person} {thing}", ("hand_over", object_id, person_id)
            return f"{verb} {thing} to {person}", ("hand_over", object_id, person_id)
        if draw < 0.9:
            zone = self._one(list(self._site.zones.values()))
            return f"{self._one(_INSPECT)} {self._called(zone.zone_id)}", ("inspect", "", zone.zone_id)
        station = self._one([p for p in self._site.places.values() if p.kind is PlaceKind.STATION] or self._slots)
        return f"{self._one(_WALK)} {self._called(station.place_id)}", ("walk_to", "", station.place_id)

    # ---- things

    def _thing(self, kind: str) -> tuple[str, str]:
        record = self._one(list(self._site.objects.values()))
        colour, size = record.attributes.get("colour", ""), record.attributes.get("size", "")
        label, noun = record.attributes.get("label", ""), self._word(record.kind)
        if kind == "wrong":
            return self._misdescribed(record, noun), record.object_id
        if kind == "ambiguous":
            pick = [f"{self._word(size)} {noun}", noun, *2 * [f"{self._word(colour)} {noun}"], *2 * [self._word(label)]]
            return f"{self._one(('the', 'the', 'a', 'that'))} {self._one(pick)}", record.object_id
        at = self._at(record)
        ways = [
            record.object_id,
            record.object_id.replace("_", " "),
            f"the {self._word(colour)} {noun} with the {self._word(label)}",
            f"the {self._word(colour)} {self._word(label)}",
            f"the {self._word(size)} {self._word(colour)} {noun} of {self._word(label)}",
            f"the {self._word(label)}",
            f"the {self._word(size)} {self._word(label)}",
        ]
        if at:
            ways += [
                f"the {noun} {self._one(('on', 'from', 'at'))} {self._called(at)}",
                f"the {self._word(colour)} {noun} {self._one(('on', 'from'))} {self._called(at)}",
                f"the {self._word(label)} from {self._called(self._site.places[at].zone_id)}",
            ]
        return self._one(ways), record.object_id

    def _misdescribed(self, record: ObjectRecord, noun: str) -> str:
        """Colour blind, or thinking of where it stood yesterday."""
        label = self._word(record.attributes.get("label", noun))
        if self._rng.random() < 0.6:
            wrong = self._one(sorted({o.attributes.get("colour", "") for o in self._site.objects.values()}))
            return f"the {wrong} {label}"
        return f"the {label} from {self._called(self._one(self._slots).place_id)}"

    def _at(self, record: ObjectRecord) -> str:
        return self._where.get(record.object_id, record.place_id or "")

    # ---- places and people

    def _place(self, kind: str) -> tuple[str, str]:
        if self._rng.random() < 0.45:
            room = self._one(self._rooms)
            return self._called(room.zone_id), room.zone_id
        slot = self._one(self._slots)
        if kind == "ambiguous" and self._rng.random() < 0.5:
            stem = slot.place_id.split("_")[0]
            return f"the {stem}", slot.place_id
        return self._called(slot.place_id), slot.place_id

    def _called(self, name: str) -> str:
        said = name.replace("_", " ")
        ways = [name, said, f"the {said}"]
        if name in self._site.zones and "room" not in said and self._rng.random() < 0.3:
            ways.append(f"the {said} room")
        tail = said.rsplit(" ", 1)
        ordinals = {"1": "first", "2": "second", "3": "third", "4": "fourth"}
        if len(tail) == 2 and tail[1] in ordinals:
            ways.append(f"the {ordinals[tail[1]]} {tail[0]}")
        return self._one(ways)

    def _person(self) -> tuple[str, str]:
        person = self._one(list(self._site.people.values()))
        role, first = person.person_id.split("_")[0], person.name.split()[0]
        last = person.name.split()[-1]
        ways = (first, f"{role} {first}", person.name, f"{role} {last}", person.person_id, f"the {role}")
        return self._one(ways), person.person_id

    def _absent(self) -> tuple[str, list[Step]]:
        place, place_id = self._place("clear")
        if self._rng.random() < 0.6:
            said = f"{self._one(_CARRY)} the {self._one(_ABSENT)} to {place}"
            return self._slips(said), [("carry", "", place_id)]
        thing, object_id = self._thing("clear")
        return self._slips(f"{self._one(_CARRY)} {thing} to {self._one(_NOWHERE)}"), [("carry", object_id, "")]

    # ---- words

    def _word(self, word: str) -> str:
        return self._one(_OTHER_WORDS.get(word, (word,)))

    def _one(self, choices: Sequence[T]) -> T:
        return choices[int(self._rng.integers(len(choices)))]

    def _slips(self, text: str) -> str:
        """One slip of the keyboard in a fifth of all instructions."""
        if self._rng.random() > 0.2 or len(text) < 8:
            return text
        letters = [
            i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i - 1].isalpha() and text[i + 1].isalpha()
        ]
        if not letters:
            return text
        i = letters[int(self._rng.integers(len(letters)))]
        how = int(self._rng.integers(3))
        if how == 0:
            return text[:i] + text[i + 1 :]
        if how == 1:
            return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        return text[:i] + text[i] + text[i:]
