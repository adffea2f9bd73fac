"""Examples from generated instructions whose meaning is known, for the sites that come with `sim_worlds`."""

from __future__ import annotations

from collections.abc import Iterator

from fleet import __version__
from fleet.cli.scenario.build import bundled_names
from fleet.escalation.gate.records import NONE_OF_THESE, Example
from fleet.escalation.gate.store import Case, Source
from fleet.grounding import corpus
from sim_worlds.site import bundled_site, load_site


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
