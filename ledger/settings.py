"""What the installation was told by its environment, read once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Settings:
    """What differs from one installation to the next.

    Attributes:
        database_url: Where the book is; an SQLite file in the instance folder by default.
        owner_url: On PostgreSQL, the address under which tables are made, when it is another role.
        secret_key: What signs cookies; made once and kept in the instance folder.
        instance: The folder of everything that belongs to this installation.
        demo: Whether this is the sample network, whose people sign in at one touch.
        behind_tls: Whether people reach the server through HTTPS.
    """

    database_url: str
    owner_url: str
    secret_key: str
    instance: Path
    demo: bool = False
    behind_tls: bool = False


def settings_from(environment: Mapping[str, str], *, demo: bool = False) -> Settings:
    """Read the settings from the environment and make the instance folder.

    ``DATABASE_URL``, ``DATABASE_OWNER_URL``, ``SAMUT_SECRET_KEY``, ``SAMUT_INSTANCE``,
    ``SAMUT_DEMO`` and ``SAMUT_BEHIND_TLS`` are known. The sample network never opens the book
    that ``DATABASE_URL`` names.
    """
    instance = Path(environment.get("SAMUT_INSTANCE") or HOUSE / "instance")
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    demo = demo or environment.get("SAMUT_DEMO") == "1"
    if demo:
        url = f"sqlite:///{instance / 'demo.db'}"
        owner_url = url
    else:
        url = environment.get("DATABASE_URL") or f"sqlite:///{instance / 'samut.db'}"
        owner_url = environment.get("DATABASE_OWNER_URL") or url
    return Settings(
        database_url=url,
        owner_url=owner_url,
        secret_key=environment.get("SAMUT_SECRET_KEY") or _kept_secret(instance),
        instance=instance,
        demo=demo,
        behind_tls=environment.get("SAMUT_BEHIND_TLS") == "1",
    )


def _kept_secret(instance: Path) -> str:
    file = instance / "secret_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32), encoding="ascii")
    return file.read_text(encoding="ascii")
