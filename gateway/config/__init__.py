"""config.toml: what the PBX admin owns."""

from gateway.config.load import DEFAULT_PATH, Config, ConfigError, load, read_keys
from gateway.config.sections import Database, Web

__all__ = ["DEFAULT_PATH", "Config", "ConfigError", "Database", "Web", "load", "read_keys"]
