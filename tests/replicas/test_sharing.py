from __future__ import annotations

import json
import time
from collections import Counter

from tests.replicas.conftest import ROWS, SHEETS, Shared, wait_until
from tests.service import answer


def test_trial(shared: Shared) -> None:
    t = time.monotonic()
    shared.start(3)
    try:
        wait_until(lambda: shared.synced == SHEETS * ROWS or time.monotonic()-t>15, shared.replicas[0])
    except BaseException as e: print(e)
    import psycopg
    from tests.postgres import libpq
    with psycopg.connect(libpq(shared.state_url)) as c:
        for q in ("select queue_name,status,lock,attempts,worker_id from procrastinate_jobs","select * from procrastinate_workers","select * from looks","select * from replicas","select \"window\",weight,about,ended_at is null from requests limit 5", "select state,count(*) from deliveries group by 1"):
            print(q); [print("   ",r) for r in c.execute(q)]
    print("all synced", time.monotonic() - t)
    shared.control.forget_calls()
    time.sleep(12)
    calls = shared.control.calls()
    print(calls.google, calls.reads, calls.writes, calls.arize)
    ended = shared.stop()
    for one in ended:
        print(one.code, one.errors[-3000:])
        print(Counter(json.loads(line)["event"] for line in one.errors.splitlines() if line.startswith("{")))
    print(len(shared.control.mutations()))
    assert 0
