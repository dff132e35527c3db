"""Reading a PDF back, as somebody who searches in it would."""

import subprocess


def text_of(pdf: bytes) -> str:
    """Give the text of a PDF as pdftotext finds it."""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()
