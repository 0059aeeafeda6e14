"""What other replicas have looked at, so that none looks again at what one has just seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sheets_sync.domain.mapping import Mapping
from sheets_sync.engine.context import Context
from sheets_sync.store import looks
from sheets_sync.store.looks import Looked


@dataclass(frozen=True, slots=True)
class Others:
    """All replicas that share the state; where it is not shared, there are none to ask or tell."""

    context: Context

    def looked(self, name: str, revision: str, since: float) -> bool:
        """Whether one has begun such a look for the same mappings since then."""
        if not self.context.state.is_shared:
            return False
        with self.context.state.reading() as connection:
            last = looks.last(connection, name)
        return last is not None and last.revision == revision and last.began_at >= since

    def tell(self, name: str, looked: Looked) -> None:
        """Let them know of a look."""
        if self.context.state.is_shared:
            with self.context.state.beside() as connection:
                looks.note(connection, name, looked, self.context.replica)


def revision_of(mappings: Sequence[Mapping]) -> str:
    """Equal where the same is read."""
    return " ".join(sorted(mapping.revision for mapping in mappings))
