"""What the student's code raised, in words that help."""

import os
import re
import traceback

__all__ = ["about_error", "useful_line"]


def useful_line(problem: BaseException) -> str:
    """What an exception says, without what Keras puts around it."""
    lines = re.sub(r"\x1b\[\d*m", "", str(problem)).strip().splitlines()
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        lines = lines[1:]  # in which layer; what happened there comes next
    kept = []
    for line in lines:
        if line.startswith(("Arguments received by", "Call arguments received by")):
            break
        kept.append(line)
    return " ".join(kept) or "no message"


def about_error(problem: BaseException) -> str:
    """What the student's code raised, and in which line."""
    said = f"{type(problem).__name__}: {useful_line(problem)}"
    if len(said) > 400:
        said = said[:400] + " …"
    here = os.path.dirname(os.path.abspath(__file__))
    frames = [
        frame
        for frame in traceback.extract_tb(problem.__traceback__)
        if not os.path.abspath(frame.filename).startswith(here)
    ]
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    if not own:
        wanted = " Does it take the arguments that the task names?"
        return f"calling it raised {said}.{wanted if isinstance(problem, TypeError) else ''}"
    line = (own[-1].line or "").strip()
    place = f", in the line: {line}" if line else f", in line {own[-1].lineno} of {own[-1].name}"
    return f"your code raised {said}{place}"
