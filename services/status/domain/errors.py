"""What can go wrong when something is watched."""

from kit.errors import Conflict, Invalid, Missing


class MonitorInvalid(Invalid):
    reason = "monitor_invalid"


class UrlRefused(Invalid):
    reason = "url_refused"


class MonitorMissing(Missing):
    reason = "monitor_missing"


class MonitorExists(Conflict):
    reason = "monitor_exists"
