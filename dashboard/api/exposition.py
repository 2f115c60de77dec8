"""Metrics in the text format of Prometheus."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from utils.alerts import Alert, Severity
from utils.telemetry import Sample

PREFIX = "truetape_"


def exposition(samples: Iterable[Sample], alerts: Sequence[Alert]) -> bytes:
    """Return one gauge per metric, labelled by kind and subject, and the number of open alerts.

    Counters are gauges, too: they hold the last stored value, and a restarted process counts
    from zero.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_SampleCollector(samples, alerts))
    return generate_latest(registry)


class _SampleCollector(Collector):
    def __init__(self, samples: Iterable[Sample], alerts: Sequence[Alert]) -> None:
        self._samples = samples
        self._alerts = alerts

    def collect(self) -> Iterator[Metric]:
        by_name: dict[str, list[Sample]] = defaultdict(list)
        for sample in self._samples:
            by_name[re.sub(r"\W", "_", sample.name)].append(sample)
        for name, samples in sorted(by_name.items()):
            yield _gauge(name, samples)
        yield _open_alerts(self._alerts)


def _gauge(name: str, samples: Iterable[Sample]) -> Metric:
    gauge = GaugeMetricFamily(
        f"{PREFIX}{name}", f"{name}, as last reported", labels=["kind", "subject"]
    )
    for sample in samples:
        kind, _, subject = sample.subject.partition(":")
        gauge.add_metric([kind, subject], sample.value)
    return gauge


def _open_alerts(alerts: Sequence[Alert]) -> Metric:
    counts = Counter(alert.severity for alert in alerts)
    gauge = GaugeMetricFamily(f"{PREFIX}alerts_open", "Open alerts", labels=["severity"])
    for severity in Severity:
        gauge.add_metric([severity], counts[severity])
    return gauge
