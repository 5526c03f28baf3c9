"""What is shown of settings, parameters and arguments: no secret."""

import pytest

from synapse_magics.widgets.studio_secrets import (
    arguments,
    command_text,
    is_secret_setting,
    masker,
    setting,
    settings,
)

ACCOUNT_KEY = "spark.hadoop.fs.azure.account.key.acc.blob.core.windows.net"


@pytest.mark.parametrize(
    "name",
    [
        ACCOUNT_KEY,
        "spark.hadoop.fs.azure.sas.container.acc.blob.core.windows.net",
        "fs.azure.sas.fixed.token",
        "spark.hadoop.fs.s3a.access.key",
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.azure.account.oauth2.client.secret.acc.dfs.core.windows.net",
        "spark.ssl.keyPassword",
        "SharedAccessSignature",
        "AZURE_CREDENTIALS",
        "--api-key",
    ],
)
def test_names_of_secrets(name):
    assert is_secret_setting(name)


@pytest.mark.parametrize(
    "name",
    [
        "spark.sql.shuffle.partitions",
        "spark.driver.memory",
        "spark.sql.extensions.saslike",
        "tokenizer",
        "design",
        "key_column",
    ],
)
def test_names_of_other_settings(name):
    assert not is_secret_setting(name)


def test_a_secret_setting_shows_its_name_alone():
    shown = settings({ACCOUNT_KEY: "SECRETKEY", "spark.sql.ansi.enabled": "true"})
    assert shown == f"{ACCOUNT_KEY}=***, spark.sql.ansi.enabled=true"


def test_a_number_is_a_limit():
    assert settings({"max_tokens": 512, "token": None}) == "max_tokens=512, token=null"
    assert arguments(["--max-tokens", 512]) == "--max-tokens, 512"


def test_a_secret_within_a_value():
    assert setting("spark.driver.extraJavaOptions", "-Xmx1g -Dmy.password=hush -Da=b") == (
        "-Xmx1g -Dmy.password=*** -Da=b"
    )
    assert setting("place", "AccountName=acc;AccountKey=aHVzaA==;x=1") == (
        "AccountName=acc;AccountKey=***;x=1"
    )
    assert "hush" not in setting("proxy", "https://me:hush@host.org/")


def test_a_secret_within_json():
    assert setting("options", {"password": "hush", "rows": 5}) == '{"password": ***, "rows": 5}'


def test_secret_arguments():
    given = ["--rows", "5", "--api-key", "hush", "--password=hush", "https://a/b?sv=1&sig=hush"]
    assert arguments(given) == (
        "--rows, 5, --api-key, ***, --password=***, https://a/b?sv=1&sig=***"
    )


def test_an_option_after_a_switch_is_no_secret():
    assert arguments(["--use-token", "--rows", "5"]) == "--use-token, --rows, 5"


def test_a_command():
    assert command_text("python a.py --token hush --rows 5 --secret 'hush hush'") == (
        "python a.py --token *** --rows 5 --secret ***"
    )


def test_secrets_that_a_workspace_knows(workspace, monkeypatch):
    monkeypatch.setenv("API_TOKEN", "hush-hush-hush")
    assert masker(workspace.store)("rows=hush-hush-hush") == "rows=***"
