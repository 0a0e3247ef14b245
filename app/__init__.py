"""The application of vmidscope: HTTP, pages and the command line over `simcore`."""

from simcore import __version__

__all__ = ["__version__"]
