"""What alerts ring about. Keys are the rules' names."""

from utils.alerts.alert import Alert
from utils.messaging import Topic

ALERTS: Topic[Alert] = Topic("alerts", Alert)
