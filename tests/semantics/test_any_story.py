from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sheets_sync.sandbox.server import Sandbox
from tests.sandbox_client import Control
from tests.semantics.story import Story
from tests.service import span

LABEL = st.sampled_from(["A", "A", "B", "B", "C", "clear"])
NOTE = st.sampled_from(['note "N1"', 'note "N2"', "no note"])
EDIT = st.one_of(LABEL, LABEL, NOTE)
MISHAP = st.sampled_from(
    ["answer lost", "post lost", "limit", "refused", "2 minutes late", "4 minutes late"]
)
PASS = st.one_of(
    st.just("pass"),
    EDIT.map(lambda edit: f"pass, {edit} on the way out"),
    EDIT.map(lambda edit: f"pass, {edit} on the way back"),
)
PAUSE = st.sampled_from(["1 minute", "3 minutes", "6 minutes"])
STEPS = st.lists(
    st.tuples(
        st.lists(EDIT, max_size=2),
        st.lists(MISHAP, max_size=1),
        PASS,
        st.lists(PAUSE, max_size=1),
    ).map(lambda parts: [*parts[0], *parts[1], parts[2], *parts[3]]),
    min_size=1,
    max_size=5,
).map(lambda rounds: ["A", *(step for steps in rounds for step in steps)])


def begun(sandbox: Sandbox, control: Control, folder: str) -> Story:
    """A story in an Arize that appends notes."""
    control.set(notes="append")
    return Story(sandbox.contact, control, Path(folder))


@settings(
    max_examples=6,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@example(steps=["A", "pass", "B", "4 minutes late", "pass", "A", "pass", "C", "refused", "pass"])
@example(steps=["A", 'note "N1"', "answer lost", "pass", "B", "pass", "6 minutes"])
@given(steps=STEPS)
def test_arize_ends_with_what_the_sheet_says(sandbox_key: RSAPrivateKey, steps: list[str]) -> None:
    """However edits, passes and mishaps mix: once all is well, the newest label is at Arize.

    No note is stored more often than it was written.
    """
    live_through(sandbox_key, steps)


def live_through(key: RSAPrivateKey, steps: list[str]) -> None:
    """Tell the story, let all become well, and hold the end against the sheet."""
    with (
        Sandbox(key=key) as sandbox,
        Control(sandbox.contact) as control,
        tempfile.TemporaryDirectory() as folder,
    ):
        story = begun(sandbox, control, folder)
        with story.stack:
            story.tell("; ".join(steps))
            story.tell("all is well; 6 minutes; retry; pass; 6 minutes; pass; pass")
            newest = story.sheet()[1][3]
            if newest:
                assert story.labels() == {span(1): newest}
                assert story.status.startswith("Synced")
            else:
                assert story.status == "" or story.status.startswith("Cleared here; Arize keeps")
            posts = len(story.sent)
            story.tell("6 minutes; pass")
            assert len(story.sent) == posts

        written = Counter(
            note for step in steps for note in ("N1", "N2") if f'note "{note}"' in step
        )
        stored = Counter(mutation.note for mutation in control.mutations() if mutation.note)
        assert stored <= written
