#!/usr/bin/env python3
"""The job for `spark-submit`: see README.md beside it, and `job.py --help`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from s3audit_spark.command import main

if __name__ == "__main__":
    sys.exit(main())
