"""Examples from generated instructions whose meaning is known, for the sites that come with `sim_worlds`."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from fleet import __version__
from fleet.cli.scenario.build import bundled_names
from fleet.escalation.gate.records import NONE_OF_THESE, Example
from fleet.escalation.gate.store import Case, Source
from fleet.escalation.meaning import described
from fleet.grounding import corpus
from fleet.model.site import ObjectRecord, SiteMap
from fleet.supervisor.grounding import candidates
from sim_worlds.site import bundled_site, load_site

# How descriptions are made. Nobody has counted how people describe; that one in twelve names a feature that the thing
# has not got is a guess, on the careful side.
_SAYS_WRONG, _IS_WANTED, _NOT_SEEN, _LIFT_KG = 0.08, 0.1, 0.1, 12.0


def said(per_site: int, seed: int, sites: tuple[str, ...] = ()) -> Iterator[Case]:
    """Examples of `per_site` instructions for each site (all that are shipped, without `sites`), site by site.

    One instruction gives up to three examples, of different classes: within a class they are of different instructions.
    """
    for name in sites or sorted(bundled_names()):
        site = load_site(bundled_site(name)).to_map()
        source = Source(kind="instructions", name="corpus", seed=seed, site=name, version=__version__)
        for e in corpus.examples(site, corpus.cases(site, per_site, seed)):
            example = Example(
                scores=e.scores,
                acceptable=tuple(sorted(e.right)) or (NONE_OF_THESE,),
                features=e.features,
                source=source.text,
            )
            yield Case(key=(e.decision_class, e.severity), example=example, source=source)
        origin = Source(kind="instructions", name="descriptions", seed=seed, site=name, version=__version__)
        yield from _descriptions(site, per_site, seed, origin)


def _descriptions(site: SiteMap, count: int, seed: int, source: Source) -> Iterator[Case]:
    """Structured descriptions: somebody means a thing, and names its kind and some of its features."""
    rng = np.random.default_rng([seed, zlib.crc32(b"descriptions"), zlib.crc32(site.site_id.encode())])
    things = list(site.objects.values())
    for _ in range(count if things else 0):
        meant = things[int(rng.integers(len(things)))]
        description = _description(meant, things, rng)
        fitting = candidates(site, description)
        if not fitting:
            continue  # nothing to choose from: it is asked whatever the gate says
        ids = [t.object_id for t in fitting]
        choice = described(
            description,
            fitting,
            liftable=[t.object_id for t in fitting if t.mass_kg <= _LIFT_KG],
            wanted=[i for i in ids if rng.random() < _IS_WANTED],
            seen=[i for i in ids if rng.random() >= _NOT_SEEN],
        )
        right = (ids.index(meant.object_id),) if meant.object_id in ids else (NONE_OF_THESE,)
        example = Example(scores=choice.scores, acceptable=right, features=choice.features, source=source.text)
        yield Case(key=(choice.decision_class, choice.severity), example=example, source=source)


def _description(meant: ObjectRecord, things: list[ObjectRecord], rng: np.random.Generator) -> dict[str, str]:
    """Its kind and each feature with even chances; now and then one of them is another thing's."""
    told = {"kind": meant.kind, **{k: v for k, v in sorted(meant.attributes.items()) if rng.random() < 0.5}}
    if rng.random() < _SAYS_WRONG:
        other = things[int(rng.integers(len(things)))]
        known = sorted(k for k in told if k in other.attributes)
        if known:
            name = known[int(rng.integers(len(known)))]
            told[name] = other.attributes[name]
    return told
