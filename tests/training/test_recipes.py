"""Ways to train, as values."""

from dataclasses import replace

import pytest

from engine.errors import RespinError
from engine.presets import PRESETS
from training.augment import USUAL
from training.loop import rate_at
from training.recipes import RECIPES, Recipe, recipe_of

RECIPE = Recipe(steps=100, warmup=10, cooldown=0.3)


def test_settings_change_a_recipe_by_their_type():
    changed = RECIPE.with_settings(["steps=7", "rate=1e-3", "augment=false", "crop=40"])
    assert (changed.steps, changed.rate, changed.augment, changed.crop) == (7, 1e-3, False, 40)
    assert RECIPE.with_settings(["augment=yes", "codebook=gradient"]).augment
    assert RECIPE.with_settings([]) == RECIPE


@pytest.mark.parametrize("word", ["stepps=7", "steps", "steps="])
def test_a_word_that_is_no_setting_is_refused(word: str):
    with pytest.raises(RespinError, match=f"'{word}' is not a setting; use key=value with one of steps"):
        RECIPE.with_settings([word])


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("steps=many", "use a whole number"),
        ("steps=1.5", "use a whole number"),
        ("rate=fast", "use a number"),
        ("augment=perhaps", "use one of true, false"),
        ("codebook=none", "use one of average, gradient"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(word: str, wanted: str):
    with pytest.raises(RespinError, match=f"'{word}' is not understood; behind the equals sign {wanted}"):
        RECIPE.with_settings([word])


def test_geometry_deforms_unless_nothing_is_augmented():
    assert RECIPE.augmentation == USUAL
    assert RECIPE.with_settings(["geometry=0.5"]).augmentation == replace(USUAL, geometry=0.5)
    assert RECIPE.with_settings(["geometry=0.5", "augment=no"]).augmentation is False


def test_the_rate_warms_up_stays_and_cools_down():
    rates = [rate_at(step, RECIPE) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[:10] == sorted(rates[:10])
    assert set(rates[9:70]) == {1.0}
    assert rates[70:] == sorted(rates[70:], reverse=True)
    assert rates[85] == pytest.approx(0.5)
    assert rates[100] == 0


def test_crops_grow_for_the_cool_down():
    assert RECIPE.crops_at(0) == (RECIPE.crop, RECIPE.batch)
    assert RECIPE.crops_at(69) == (RECIPE.crop, RECIPE.batch)
    assert RECIPE.crops_at(70) == (RECIPE.crop_cooldown, RECIPE.batch_cooldown)


def test_recipes_are_for_presets():
    for stage in RECIPES.values():
        assert set(stage) == {name.partition("-")[0] for name in PRESETS}


def test_an_ablation_is_trained_as_the_whole_is():
    assert {"compact-a", "compact-b", "compact-d"} <= set(PRESETS)
    assert recipe_of("diffusion", "compact-a") == RECIPES["diffusion"]["compact"]


@pytest.mark.parametrize("preset", ["paper", "released"])
def test_the_papers_recipe_has_all_five_losses_on_whole_volumes(preset: str):
    recipe = RECIPES["autoencoder"][preset]
    assert (recipe.crops_at(0), recipe.rate) == ((0, 1), 2e-6)
    assert recipe.reconstruct_every == recipe.cycle_every == 1
    assert min(recipe.commitment, recipe.perceptual, recipe.adversary, recipe.cycle) > 0
    assert recipe.codebook == "gradient"
