"""The bus topics of alerts. Keys are the rules' names."""

from utils.alerts.delivery import Delivery
from utils.messaging import Topic

ALERTS: Topic[Delivery] = Topic("alerts", Delivery)
