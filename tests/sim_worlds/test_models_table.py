"""The page of robot models says what the model files say."""

from __future__ import annotations

from sim_worlds.models_table import PAGE, models_page
from sim_worlds.profiles import load_model, model_ids


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == models_page(), "run `python -m sim_worlds.models_table`"


def test_every_model_is_there_with_every_figure_and_its_source() -> None:
    page = models_page()
    for name in model_ids():
        model = load_model(name)
        assert f"| `{name}` | {model.vendor} | {' '.join(model.tiers)} |" in page
        for figure in model.figures.values():
            assert figure.source in page


def test_licences_of_all_descriptions_are_named() -> None:
    licences = {source.licence for name in model_ids() if (source := load_model(name).urdf) is not None}
    assert licences == {"Apache-2.0", "BSD-3-Clause"}
