"""The only room that speaks to models, and the only one that imports pydantic-ai: in a thread, at first use."""

from llmspell.models.client import Models
from llmspell.models.request import Answer, Request, Usage

__all__ = ["Answer", "Models", "Request", "Usage"]
