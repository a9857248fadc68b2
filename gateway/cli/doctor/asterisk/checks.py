"""What `leaseline doctor` looks at on a machine that runs Asterisk."""

from gateway.cli.doctor.asterisk import includes, records, targets, trunks
from gateway.cli.doctor.tools import Check, Unwell, ask
from gateway.config import Config


def _asterisk(config: Config) -> str:
    return ask(config, "core show version").splitlines()[0]


def _dialplan(config: Config) -> str:
    shown = ask(config, "dialplan show leaseline-route")
    if "AGI(" not in shown:
        raise Unwell("leaseline.conf is not loaded: include it in extensions.conf, then `dialplan reload`")
    if config.routing.refuse_unleased and "DNI_REFUSE" not in shown:
        return "warning: leaseline.conf is an older one that refuses no call: write it with `leaseline dialplan`"
    return "leaseline-route is loaded"


def _fallback(config: Config) -> str:
    asterisk = config.asterisk
    if asterisk.has_example_fallback:
        raise Unwell("[asterisk] fallback is the example: name the line that rings when Leaseline is down")
    shown = ask(config, "dialplan show leaseline-settings")
    wanted = (
        f"DNI_FALLBACK={asterisk.fallback})",
        f"DNI_AGI=agi://{config.agi.host}:{config.agi.port})",
        f"DNI_FALLBACK_RING={asterisk.fallback_seconds})",
        f"DNI_LIMIT_MS={asterisk.longest_call * 1000})",
    )
    if not all(text in shown for text in wanted):
        raise Unwell("Asterisk's leaseline.conf differs from config.toml: write it again with `leaseline dialplan`")
    return targets.fallback(config)


CHECKS: dict[str, Check] = {
    "cdr file": records.cdr_file,
    "asterisk": _asterisk,
    "asterisk files": includes.readable_files,
    "dialplan": _dialplan,
    "trunks": trunks.trunk_endpoints,
    "call records": records.call_records,
    "targets": targets.destinations,
    "fallback": _fallback,
}
