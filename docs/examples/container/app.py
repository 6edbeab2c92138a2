"""Stands for the application: it finds its key in a variable and stays until it is told to end."""

import os
import signal
import sys

KEY = os.environ["SCALE_API_KEY"]
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ending"))
sys.stdout.write("started\n")
sys.stdout.flush()
while True:
    signal.pause()
