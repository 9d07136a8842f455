"""The errors that tell a user what to do, and not where our code stands."""


class VaeError(ValueError):
    """What came, what was expected, and the mend: the commands print it without a traceback."""


class FileFormatError(VaeError):
    """A file is damaged, of another kind, or of a version that this release does not know."""


class UnsupportedError(VaeError):
    """PyTorch has no equal for what a model or a run asks for; the message names it and the way out."""
