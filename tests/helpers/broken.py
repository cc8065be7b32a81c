"""Readers that do what no reader may, for the test of the mutation test."""

import os
import signal
import sys
import time

import numpy as np

from aiart.errors import UserError


def raises(path):
    return 1 / 0


def hangs(path):
    time.sleep(60)


def crashes(path):
    os.kill(os.getpid(), signal.SIGSEGV)


def swells(path):
    return np.ones(200 << 20, np.uint8).sum()


def talks(path):
    print("a decoder's own words", file=sys.stderr)


def accuses_nobody(path):
    raise UserError("something is damaged; mend it.")
