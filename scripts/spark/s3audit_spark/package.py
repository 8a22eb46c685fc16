"""How this package comes to executors."""

import atexit
import functools
import shutil
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


@functools.lru_cache(maxsize=None)
def _archive():
    """The package as a file, which must be there as long as a session may send it."""
    folder = tempfile.mkdtemp(prefix="s3audit-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder, "s3audit_spark.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(HERE.glob("*.py")):
            archive.write(file, f"s3audit_spark/{file.name}")
    return str(path)


def send_package(spark):
    """Gives it to the executors of a session, however it came to the driver."""
    if HERE.is_dir():
        spark.sparkContext.addPyFile(_archive())
