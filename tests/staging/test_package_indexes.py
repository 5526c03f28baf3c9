"""Where packages come from: the environment's options, uv's variables, pip's configuration."""

import pytest

from synapse_magics.staging.package_indexes import (
    arguments,
    parse_configuration,
    path_of_pythons,
    variables,
)

MIRROR = {"index-url": "https://mirror/simple", "extra-index-url": "https://more/simple"}


def of_uv(options=(), pip=None, inherited=None):
    found = variables(options, pip or {}, inherited or {})
    return {name: value for name, value in found.items() if name.startswith("UV_")}


@pytest.mark.parametrize(
    ("options", "pip", "inherited", "expected"),
    [
        ((), {}, {}, {}),
        (
            (),
            MIRROR,
            {},
            {
                "UV_DEFAULT_INDEX": "https://mirror/simple",
                "UV_EXTRA_INDEX_URL": "https://more/simple",
            },
        ),
        (
            ("--index-url https://mine/simple", "--extra-index-url https://b"),
            MIRROR,
            {"UV_INDEX_URL": "https://uv"},
            {
                "UV_DEFAULT_INDEX": "https://mine/simple",
                "UV_EXTRA_INDEX_URL": "https://b https://more/simple",
            },
        ),
        (
            (),
            MIRROR,
            {"UV_INDEX_URL": "https://uv", "UV_EXTRA_INDEX_URL": "https://uv2"},
            {"UV_INDEX_URL": "https://uv", "UV_EXTRA_INDEX_URL": "https://uv2"},
        ),
        (
            ("--find-links wheels", "--trusted-host a"),
            {"find-links": "/one /two", "trusted-host": "b", "no-index": "true"},
            {},
            {
                "UV_FIND_LINKS": "wheels,/one,/two",
                "UV_INSECURE_HOST": "a b",
                "UV_NO_INDEX": "1",
            },
        ),
    ],
    ids=["nothing", "a mirror", "of the environment", "of uv", "lists"],
)
def test_what_uv_is_told(options, pip, inherited, expected):
    assert of_uv(options, pip, inherited) == {**expected, "UV_PYTHON_DOWNLOADS": "never"}


def test_the_user_may_let_uv_fetch_a_python():
    allowed = of_uv(inherited={"UV_PYTHON_DOWNLOADS": "automatic"})

    assert allowed["UV_PYTHON_DOWNLOADS"] == "automatic"


def test_what_the_notebooks_interpreter_finds_is_not_passed_on():
    found = variables((), {}, {"PYTHONPATH": "/here", "VIRTUAL_ENV": "/here", "HOME": "/home/me"})

    assert "PYTHONPATH" not in found
    assert "VIRTUAL_ENV" not in found
    assert found["HOME"] == "/home/me"


def test_the_certificate_that_pip_trusts():
    assert variables((), {"cert": "/ca.pem"}, {})["SSL_CERT_FILE"] == "/ca.pem"
    assert variables((), {"cert": "/ca.pem"}, {"SSL_CERT_FILE": "/x"})["SSL_CERT_FILE"] == "/x"


def test_options_that_are_arguments():
    given = ("--index-url https://host", "--no-index", "--no-binary a,b", "--pre")

    assert arguments(given) == [
        *("--no-index", "--no-binary", "a", "--no-binary", "b"),
        *("--prerelease", "allow"),
    ]


def test_the_section_of_install_and_the_variables_come_first():
    text = (
        ":env:.extra_index_url='https://c'\n"
        "global.index-url='https://a'\n"
        "install.index-url='https://b'\n"
        "nonsense\n"
    )

    assert parse_configuration(text) == {
        "index-url": "https://b",
        "extra-index-url": "https://c",
    }


def test_pyenvs_interpreters_are_found_themselves(tmp_path):
    for name in ("shims", "versions/2.7.18/bin", "versions/3.11.7/bin", "versions/3.12.1/bin"):
        (tmp_path / name).mkdir(parents=True)

    assert path_of_pythons(f"{tmp_path}/shims:/usr/bin").split(":") == [
        f"{tmp_path}/versions/3.12.1/bin",
        f"{tmp_path}/versions/3.11.7/bin",
        "/usr/bin",
    ]
