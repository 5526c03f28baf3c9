"""Where a browser finds Spark's UI."""

import pytest

from synapse_magics.runtime.spark_ui import proxy_base, spark_ui_link

UI = "http://127.0.0.1:4041"
HUB = {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}


@pytest.mark.parametrize(
    ("environment", "link"),
    [
        ({}, "http://127.0.0.1:4041/jobs/"),
        (HUB, "/user/ann/proxy/4041/jobs/"),
        ({"SYNAPSE_MAGICS_SPARK_UI": "/proxy/{port}/"}, "/proxy/4041/jobs/"),
        ({**HUB, "SYNAPSE_MAGICS_SPARK_UI": "/spark-{port}"}, "/spark-4041/jobs/"),
        (
            {"SYNAPSE_MAGICS_SPARK_UI": "https://hub.example.org/p/{port}/"},
            "https://hub.example.org/p/4041/jobs/",
        ),
    ],
    ids=["alone", "hub", "template", "template before hub", "another host"],
)
def test_a_link_goes_through_the_proxy_that_there_is(environment, link):
    assert spark_ui_link(UI, environment) == link


@pytest.mark.parametrize(
    "template", ["javascript:alert({port})", '/proxy/{port}/" onclick="x', "/proxy/", "{port}"]
)
def test_a_template_that_is_no_address_counts_for_nothing(template):
    link = spark_ui_link(UI, {"SYNAPSE_MAGICS_SPARK_UI": template})

    assert link == "http://127.0.0.1:4041/jobs/"


@pytest.mark.parametrize(
    "ui_url", [None, "", "nonsense", "javascript:alert(1)", "file:///etc", "http://h:99999999/"]
)
def test_what_is_no_address_of_the_web_is_no_link(ui_url):
    assert spark_ui_link(ui_url, HUB) == ""


def test_a_step_cannot_name_another_machine():
    assert spark_ui_link("http://evil.example.org:80/x", {}) == "http://127.0.0.1:80/jobs/"


def test_sparks_own_links_begin_with_what_the_proxy_takes_off():
    assert proxy_base(4040, HUB) == "/user/ann/proxy/4040"
    assert proxy_base(4040, {}) == ""
