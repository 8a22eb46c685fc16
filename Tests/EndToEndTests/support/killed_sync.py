"""A sync that is killed, again and again, until one is let finish: and what the kills may cost."""

import os
import shutil
import signal
import statistics
import subprocess
import threading

from support import index_checks

PAGE_KEYS = 100
CONCURRENCY = 8
# Requests beyond the pages that a sync may send, of those that an uninterrupted one does.
EXTRA = 0.05


class Tally:
    """The figures of all kills of a run of the tests; each process counts its own, one adds them up."""

    def __init__(self):
        self.seeded = self.named = self.lost = self.lost_most = 0
        self.ratios = []
        self.lock = threading.Lock()

    def figures(self):
        """What `add` of another process takes."""
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def add(self, figures):
        for name, value in figures.items():
            mine = getattr(self, name)
            setattr(self, name, max(mine, value) if name == "lost_most" else mine + value)

    @property
    def kills(self):
        return self.seeded + self.named

    def __str__(self):
        return (
            f"Kills: {self.seeded} at seeded moments, {self.named} at crashpoints; {len(self.ratios)}"
            f" syncs resumed to the end. LIST requests: {statistics.mean(self.ratios or [0]):.3f} x an"
            f" uninterrupted sync, at worst {max(self.ratios, default=0):.3f}, and what a kill lost in"
            f" flight or not committed: {self.lost / self.kills:.1f} pages, at most {self.lost_most}.")


TALLY = Tally()


class Victim:
    """An index, and the chain of syncs that are killed at it until one is let finish."""

    def __init__(self, audit, server, options=()):
        self.audit = audit
        self.options = options
        self.server = server
        self.copy = audit.index.with_name("copy.sqlite3")
        self.sent = self.lost = self.kills = 0
        self.lists_before = self.lists_sent()
        self.syncs_before = index_checks.first(audit.index, "SELECT count(*) FROM sync")

    def lists_sent(self):
        requests = self.server.requests()["requests"]
        return requests.get("ListObjectsV2", 0) + requests.get("ListObjectVersions", 0)

    def listed(self):
        """How many entries the last kill left committed in unfinished crawls."""
        if not self.kills:
            return 0
        return index_checks.first(
            self.copy,
            "SELECT coalesce(sum(crawl_range.objects + crawl_range.versions), 0) FROM crawl_range"
            " JOIN crawl ON crawl.id = crawl_id WHERE state = 'running'")

    def run(self, seconds=None, crashpoint=None):
        """Runs a sync, to be killed after so many seconds or at a crashpoint; whether it was."""
        process = self.audit.start(
            "sync", "--quiet", "--concurrency", CONCURRENCY, *self.options,
            env={"S3AUDIT_TEST_CRASHPOINT": crashpoint}, stdout=subprocess.DEVNULL)
        try:
            _, err = process.communicate(timeout=60 if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            _, err = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), (process.returncode, err)
        was_killed = process.returncode != 0
        assert not (was_killed and seconds is None and crashpoint is None), "killed by somebody else"
        if was_killed:
            self.kills += 1
            with TALLY.lock:
                TALLY.named += crashpoint is not None
                TALLY.seeded += crashpoint is None
            self.copy_index()
            index_checks.check_index(self.copy)
        lists = self.lists_sent()
        sent, self.lists_before = lists - self.lists_before, lists
        self.sent += sent
        if was_killed:
            self.count_lost(sent, process.pid)
        return was_killed

    def copy_index(self):
        """What is looked at, so that the next sync finds the files as the kill left them."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(f"{self.copy}{suffix}"):
                os.unlink(f"{self.copy}{suffix}")
            # The last of the four is there while a file that has no log yet is made.
            if os.path.exists(f"{self.audit.index}{suffix}") and suffix != "-shm":
                shutil.copyfile(f"{self.audit.index}{suffix}", f"{self.copy}{suffix}")

    def count_lost(self, sent, pid):
        """Adds up the requests that a kill made vain: in flight, or not committed."""
        committed = index_checks.first(
            self.copy,
            "SELECT coalesce(sum((objects + ?1 - 1) / ?1), 0) FROM sync_crawl WHERE sync_id ="
            " (SELECT max(id) FROM sync WHERE pid = ?2)", PAGE_KEYS, pid)
        lost = max(0, sent - committed)
        self.lost += lost
        with TALLY.lock:
            TALLY.lost += lost
            TALLY.lost_most = max(TALLY.lost_most, lost)

    def assert_finished(self, lists, expected=None, cuts=4):
        """After a sync that was let finish: the index is `expected`, unless that is None, and the
        whole chain sent the LIST requests of an uninterrupted sync, `lists`, and those it lost,
        and no more than `cuts` a slot for ranges that were cut anew.
        """
        index_checks.check_index(self.audit.index)
        if expected:
            index_checks.assert_same(index_checks.snapshot(self.audit.index), expected)
        states = [row[0] for row in self.audit.sql("SELECT state FROM sync ORDER BY id")]
        assert states[-1] == "complete" and "running" not in states
        assert self.audit.sql("SELECT count(*) FROM crawl WHERE state <> 'complete'") == [(0,)]
        if "complete" in states[self.syncs_before:-1]:
            return  # Killed when all was done: then the next sync begins anew.
        useful = self.sent - self.lost
        if self.kills:
            with TALLY.lock:
                TALLY.ratios.append(useful / lists)
        # Where a bucket is cut varies, and with it how many ranges end in a page that is not full.
        assert useful <= (1 + EXTRA) * lists + cuts * CONCURRENCY, (
            f"{self.sent} LIST requests, {self.lost} of them lost in {self.kills} kills;"
            f" an uninterrupted sync sends {lists}")
