"""What counts as a secret, and text without it."""

import json

import pytest

from synapse_magics.store.secrets import (
    declared,
    find_secrets,
    is_secret_name,
    known_secrets,
    mask,
    mask_all,
    secret_values,
    spellings,
)

KEY = "-----BEGIN KEY-----\nMIIEvQIBADAN\nshort\nBgkqhkiG9w0B\n-----END KEY-----"


@pytest.mark.parametrize(
    "name",
    [
        *("GITHUB_TOKEN", "token", "MY_SECRET", "SECRET_VALUE", "Db_Password", "PGPASSWORD"),
        *("MYSQL_PWD", "SMTP_PASS", "API_KEY", "AWS_SECRET_ACCESS_KEY", "STORAGE_KEY1", "apiKey"),
        *("AZURE_STORAGE_CONNECTION_STRING", "ConnectionStrings__Default", "SAS", "BLOB_SAS_URL"),
        *("AZURE_CREDENTIALS", "GIT_CREDENTIAL", "PRIVATE_KEY", "SSH_PASSPHRASE", "GITHUBTOKEN"),
        *("AZURE_CLIENT_SECRET", "NPM-TOKEN", "account.key", "DB_PASSWD", "SECRET_2"),
    ],
)
def test_names_of_secrets(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "PWD", "OLDPWD", "KEY", "KEYBOARD", "KEYBOARD_LAYOUT", "MONKEY", "SASS"),
        *("SSH_AUTH_SOCK", "SSH_PUBLIC_KEY", "DEPLOY_PUB_KEY", "TOKENIZERS_PARALLELISM", "BYPASS"),
        *("AWS_ACCESS_KEY_ID", "KEY_VAULT_NAME", "TOKEN_FILE", "PASSWORD_PATH", "TOKEN_URL", ""),
        *("GOOGLE_APPLICATION_CREDENTIALS", "COMPASS", "SECRETARY", "XAUTHORITY", "_"),
    ],
)
def test_names_of_other_things(name):
    assert not is_secret_name(name)


def test_a_short_value_is_no_secret():
    assert known_secrets({"A_TOKEN": "1234567", "B_TOKEN": " 12345678\n"}) == {
        "B_TOKEN": "12345678"
    }


def test_a_variable_that_the_workspace_names_is_secret():
    environment = {"CUSTOMER": "acme corporation", "PIN": "4711", "BIT": "1", "HOME": "/home/me"}

    assert secret_values(environment, ["CUSTOMER", "PIN", "BIT", "MISSING"]) == (
        "acme corporation",
        "4711",
    )


def test_the_longest_comes_first_and_each_once():
    environment = {"A_TOKEN": "a" * 8, "B_TOKEN": "b" * 9, "C_TOKEN": "a" * 8}

    assert secret_values(environment) == ("b" * 9, "a" * 8)


def test_a_workspace_names_variables_and_never_values(store):
    store.registry.put("secret", "CUSTOMER", {"variable": "CUSTOMER"})

    assert declared(store.registry) == ("CUSTOMER",)


def test_secrets_are_masked_the_longest_first():
    assert mask("a=abcdefgh-long b=abcdefgh", ["abcdefgh", "abcdefgh-long"]) == "a=*** b=***"
    assert mask("nothing", []) == "nothing"


def test_what_looks_like_a_pattern_is_none():
    assert mask("(.*)+[x] and others", ["(.*)+[x]"]) == "*** and others"


def test_a_secret_of_several_lines_is_masked_line_by_line():
    assert mask(KEY, [KEY]) == "***"
    assert mask("log: BgkqhkiG9w0B", [KEY]) == "log: ***"
    assert mask("short", [KEY]) == "short"
    assert mask(KEY.replace("\n", "\r\n"), [KEY]) == "***\r\n***\r\nshort\r\n***\r\n***"


@pytest.mark.parametrize("secret", ['pass"word\\1', "пароль-пароль", "tab\tand more", "a b+c/d=&e"])
def test_a_secret_is_known_in_other_spellings(secret):
    from urllib.parse import quote

    for text in (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret)):
        assert mask(text, [secret])[1:-1] == "***"
    assert mask(f"https://host?sig={quote(secret, safe='')}", [secret]) == "https://host?sig=***"


def test_a_secret_that_is_no_text_has_spellings():
    assert "\udcff12345678" in spellings(["\udcff12345678"])


def test_data_is_masked_at_any_depth():
    found = {"a": ["abcdefgh", 1, None, {"abcdefgh": "x abcdefgh"}]}

    assert mask_all(found, ["abcdefgh"]) == {"a": ["***", 1, None, {"***": "x ***"}]}
    assert mask_all(found, []) is found


def test_values_that_hold_a_secret_are_found_with_its_name():
    secrets = known_secrets({"A_TOKEN": "abcdefgh", "B_TOKEN": "12345678"})
    values = {"--auth": "Bearer abcdefgh", "--rows": "10", "URL": "x:12345678@host"}

    assert find_secrets(values, secrets) == {"--auth": "A_TOKEN", "URL": "B_TOKEN"}
    assert find_secrets({}, secrets) == find_secrets(values, {}) == {}
