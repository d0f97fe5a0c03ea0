"""`completion` prints the scripts, and the program answers what they ask."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = {"bash": "pycrane.bash", "zsh": "_pycrane", "fish": "pycrane.fish", "powershell": "pycrane.ps1"}


@pytest.mark.parametrize("shell", FILES)
def test_the_script_is_the_one_that_packages_install(pycrane, shell):
    packaged = Path(__file__).parents[2] / "completions" / FILES[shell]
    assert pycrane("completion", shell).stdout == packaged.read_bytes()


def answer(pycrane, shell, words, word):
    env = {"_PYCRANE_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": word}
    return pycrane(env=env).lines


def test_powershell_gets_words_and_descriptions(pycrane):
    assert answer(pycrane, "powershell", "pycrane\nvalid", "valid") == [
        "plain\tvalidate\tCheck that an image is well-formed"
    ]
    assert answer(pycrane, "powershell", "pycrane\npull\n--format\nle", "le") == ["plain\tlegacy\tlegacy"]
    assert answer(pycrane, "powershell", "pycrane\npush", "")[0].startswith("file\t")


@pytest.mark.parametrize(
    ("shell", "words", "word", "expected"),
    [
        ("bash", "pycrane valid", "1", ["plain,validate"]),
        ("zsh", "pycrane valid", "1", ["plain", "validate", "_"]),
        ("fish", "pycrane valid", "valid", ["plain,validate"]),
        ("powershell", "pycrane\nvalid", "valid", ["plain\tvalidate\tvalidate"]),
    ],
)
def test_descriptions_can_be_left_out(pycrane, shell, words, word, expected):
    script = pycrane("completion", shell, "--no-descriptions").text
    assert f"{shell}plain_complete" in script
    assert answer(pycrane, f"{shell}plain", words, word) == expected
