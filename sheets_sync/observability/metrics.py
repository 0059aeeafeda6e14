"""Figures in the words of Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http.client import HTTPException
from typing import Protocol
from urllib.request import ProxyHandler, build_opener

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

PREFIX = "sheets_sync_"
PATIENCE = 2.0
"""Seconds."""

__all__ = ["CONTENT_TYPE", "Gauge", "Metrics", "asked"]


class Gauge(Protocol):
    """A value at a time, for each set of labels; all sets of one gauge have the same names."""

    @property
    def name(self) -> str:
        """Without the prefix."""

    @property
    def meaning(self) -> str:
        """In words."""

    @property
    def samples(self) -> Sequence[tuple[Mapping[str, str], float]]:
        """By labels."""


class Metrics(Collector):
    """Asks for all gauges whenever it is read."""

    def __init__(self, gauges: Callable[[], Iterable[Gauge]]) -> None:
        self._gauges = gauges
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """None before they are asked for: registering reads nothing."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each gauge with its samples."""
        for gauge in self._gauges():
            labels = list(gauge.samples[0][0]) if gauge.samples else []
            family = GaugeMetricFamily(PREFIX + gauge.name, gauge.meaning, labels=labels)
            for of, value in gauge.samples:
                family.add_metric([of[label] for label in labels], value)
            yield family

    def text(self) -> bytes:
        """What Prometheus scrapes."""
        return generate_latest(self._registry)


def asked(host: str, port: int, name: str) -> dict[frozenset[tuple[str, str]], float]:
    """A gauge of the service that answers there, by labels; empty where none does."""
    place = f"[{host}]" if ":" in host else host
    try:
        directly = build_opener(ProxyHandler({}))
        with directly.open(f"http://{place}:{port}/metrics", timeout=PATIENCE) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
    except (OSError, ValueError, HTTPException):
        return {}
    return {
        frozenset(sample.labels.items()): sample.value
        for family in families
        for sample in family.samples
        if sample.name == PREFIX + name
    }
