"""What Prometheus and Grafana are asked is there to be seen."""

import json
from pathlib import Path

import pytest
import yaml

from tests.deploy.files import DEPLOY, compose, exposed, named

BOARDS = sorted((DEPLOY / "grafana" / "boards").glob("*.json"))
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())[
        "groups"
    ]
    for rule in group["rules"]
]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}


def test_the_names_in_a_question_are_found() -> None:
    question = 'sum by (le, route) (rate(nothing_total{route=~"a.*"}[5m])) and up == 0'

    assert named(question) == {"nothing_total", "up"}
    assert "nothing_total" not in exposed()


@pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: rule.get("record") or rule["alert"]
)
def test_a_rule_asks_for_metrics_that_exist(rule: dict) -> None:
    asked = named(rule["expr"])

    assert asked
    assert asked <= exposed() | RECORDED


def test_an_alert_says_how_bad_it_is_and_what_to_read() -> None:
    for rule in RULES:
        if "alert" in rule:
            assert rule["labels"]["severity"] in {"warning", "critical"}
            assert rule["annotations"]["summary"].endswith(".")


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_board_shows_metrics_that_exist(path: Path) -> None:
    for panel in json.loads(path.read_text())["panels"]:
        for target in panel["targets"]:
            asked = named(target["expr"])
            assert asked, panel["title"]
            assert asked <= exposed() | RECORDED, panel["title"]


def test_a_board_asks_the_source_that_is_provisioned() -> None:
    provisioned = DEPLOY / "grafana" / "provisioning" / "datasources"
    [source] = yaml.safe_load((provisioned / "prometheus.yaml").read_text())[
        "datasources"
    ]

    assert BOARDS
    for path in BOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            assert panel["datasource"]["uid"] == source["uid"]


def test_prometheus_looks_at_every_process_where_it_shows_itself() -> None:
    configuration = yaml.safe_load((DEPLOY / "prometheus" / "compose.yml").read_text())
    [job] = configuration["scrape_configs"]
    looked_at = {
        (name, look["port"]) for look in job["dns_sd_configs"] for name in look["names"]
    }
    shown = {
        (
            name,
            int(
                service["environment"][f"MEDIANEST_{name.upper()}_{which}"].rpartition(
                    ":"
                )[2]
            ),
        )
        for name, which in (
            ("gateway", "HTTP_ADDRESS"),
            ("auth", "METRICS_ADDRESS"),
            ("media", "METRICS_ADDRESS"),
            ("status", "METRICS_ADDRESS"),
        )
        for service in (compose()[name],)
    }

    assert looked_at == shown
