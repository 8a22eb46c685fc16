"""`kill -9` at any moment of a restore that also deletes: no wrong file, no torn one, and nothing left over."""

import os
import random
import subprocess
import time

import pytest

from support.object_server import ObjectServer, write_manifest
from support.restoring import PART, Restoring

KILLS, KILLS_LONG = 10, 200
FILES = 160


@pytest.fixture
def restoring(audit, tmp_path):
    server = ObjectServer()
    yield Restoring(audit, server, tmp_path)
    server.stop()


def states(draw):
    """Three states of a bucket: by key, the version and its bytes. Some keys are files in one and folders in
    another, some are the same in all.
    """
    made = []
    for number in range(3):
        state = {}
        for index in range(FILES):
            body = os.urandom(draw.choice([0, 10, 3_000, 70_000, 400_000]))
            if index % 4 == 0:
                state[f"same/d{index % 5}/f{index}"] = ("v", made[0][f"same/d{index % 5}/f{index}"][1] if made
                                                        else body)
            elif index % 4 == 1:
                state[f"d{index % 7}/f{index}"] = (f"v{number}", body)
            elif index % 4 == 2 and draw.random() < 0.5:
                state[f"some/{index}"] = (f"v{number}", body)
            elif index % 40 == 3:
                state[f"turns/{index}" + ("/deep" if number % 2 else "")] = (f"v{number}", body)
        made.append(state)
    return made


def want(restoring, state):
    restoring.wanted = {key: body for key, (_, body) in state.items()}
    write_manifest(restoring.manifest, {key: version for key, (version, _) in state.items()})


def check(restoring, history, had_same):
    """Each name has one of the versions that were ever wanted there, whole."""
    found = restoring.files() if restoring.target.exists() else {}
    for key, body in found.items():
        if PART not in key:
            assert body in [state[key][1] for state in history if key in state], key
    same = {key for key in found if key.startswith("same/") and PART not in key}
    assert had_same <= same, "a file that is wanted in every state is gone"
    return same


@pytest.mark.parametrize("kills", [
    KILLS, pytest.param(KILLS_LONG, marks=pytest.mark.long)])
def test_killed_at_any_moment(restoring, kills):
    draw = random.Random(kills)
    history = states(draw)
    for state in history:
        for key, (version, body) in state.items():
            restoring.server.put(key, body, version)
    want(restoring, history[0])
    start = time.monotonic()
    restoring.run("--delete", "--yes")
    seconds = time.monotonic() - start
    made, same = 0, check(restoring, history, set())
    while made < kills:
        want(restoring, draw.choice(history))
        for _ in range(draw.randint(1, 4)):
            process = restoring.start(
                "--delete", "--yes", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(draw.uniform(0, seconds * 1.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                made += 1
            same = check(restoring, history, same)
        restoring.run("--delete", "--yes")
        restoring.assert_restored()
