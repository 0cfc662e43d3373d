"""The only room that speaks to models, and the only one that imports pydantic-ai: in a thread, at first use."""

from llmspell.models.catalog import is_echo
from llmspell.models.client import Models
from llmspell.models.request import NOTHING, Answer, Request, Said, Turns, Usage

__all__ = ["NOTHING", "Answer", "Models", "Request", "Said", "Turns", "Usage", "is_echo"]
