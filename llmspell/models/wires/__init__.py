"""One module per SDK: how a model of pydantic-ai is made that speaks through connections of ours."""
