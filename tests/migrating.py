"""Makes a state by its migrations, as the states of released versions were made."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

import sheets_sync.store


def migrate(engine: Engine) -> None:
    """From nothing to the newest schema."""
    config = Config()
    folder = Path(sheets_sync.store.__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
