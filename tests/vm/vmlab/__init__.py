# SPDX-License-Identifier: MIT
"""The VM lab: cases, guest image, machine and verdicts."""
