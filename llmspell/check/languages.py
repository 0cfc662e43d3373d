"""The facts of Lua and JavaScript, in the words of their parsers."""

from collections.abc import Mapping

from llmspell.check.grammar import Grammar, Role, Rule
from llmspell.check.tree import Node

_DECLARES = Rule(Role.DECLARE)
_ASSIGNS = Rule(Role.ASSIGN)
_CHANGES = Rule(Role.BOTH)
_WORD = Rule(Role.WORD)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _assignment(node: Node) -> str:
    return "local" if node.parent is not None and node.parent.kind == "variable_declaration" else ""


def _function(node: Node) -> str:
    name = node["name"]
    method = name is not None and name.kind == "method_index_expression"
    return "local" if node.has("local") else "method" if method else ""


def _export(node: Node) -> str:
    statement = node.parent and node.parent.parent
    return "from" if statement is not None and statement["source"] else ""


LUA = Grammar(
    language="lua",
    names=_words("identifier"),
    rules={
        ("variable_declaration", ""): Rule(Role.DECLARE, after=True),
        ("assignment_statement local", ""): Rule(Role.DECLARE, after=True),
        ("assignment_statement", ""): _ASSIGNS,
        ("attribute", ""): _WORD,
        ("function_declaration local", "name"): Rule(Role.DECLARE, outside=True),
        ("function_declaration", "name"): Rule(Role.ASSIGN, outside=True),
        ("parameters", "name"): _DECLARES,
        ("for_numeric_clause", "name"): Rule(Role.DECLARE, after=True),
        ("for_generic_clause", ""): Rule(Role.DECLARE, after=True),
        ("dot_index_expression", "field"): _WORD,
        ("method_index_expression", "method"): _WORD,
        ("field", "name"): _WORD,
        ("goto_statement", ""): _WORD,
        ("label_statement", ""): _WORD,
    },
    variants={
        "assignment_statement": _assignment,
        "function_declaration": _function,
        "field": lambda node: "[" if node.text.startswith("[") else "",
    },
    patterns={"variable_list": "name"},
    scopes=_words("chunk block function_declaration function_definition for_statement repeat_statement"),
    functions=_words("function_declaration function_definition"),
    implied={"function_declaration method": _words("self")},
    ordered=True,
    calls={"function_call": ("name", "arguments")},
    members={
        "dot_index_expression": ("table", "field"),
        "method_index_expression": ("table", "method"),
        "bracket_index_expression": ("table", "field"),
    },
    computed=_words("bracket_index_expression"),
    brackets=_words("parenthesized_expression"),
    strings=_words("string"),
    numbers=_words("number"),
    constants={"true": True, "false": False, "nil": None},
    tables=_words("table_constructor"),
    lists=frozenset(),
    entries={"field": ("name", "value")},
    lambdas=_words("function_definition"),
    spread=_words("vararg_expression function_call"),
    everywhere=frozenset(),
)

_FUNCTIONS = "function_declaration function_expression method_definition generator_function "
_FUNCTIONS += "generator_function_declaration "

JAVASCRIPT = Grammar(
    language="javascript",
    names=_words("identifier shorthand_property_identifier shorthand_property_identifier_pattern"),
    rules={
        ("lexical_declaration", ""): _DECLARES,
        ("variable_declaration", ""): Rule(Role.DECLARE, function=True),
        ("formal_parameters", ""): _DECLARES,
        ("arrow_function", "parameter"): _DECLARES,
        ("catch_clause", "parameter"): _DECLARES,
        ("for_in_statement var", "left"): Rule(Role.DECLARE, function=True),
        ("for_in_statement let", "left"): _DECLARES,
        ("for_in_statement const", "left"): _DECLARES,
        ("for_in_statement", "left"): _ASSIGNS,
        ("assignment_expression", "left"): _ASSIGNS,
        ("augmented_assignment_expression", "left"): _CHANGES,
        ("update_expression", "argument"): _CHANGES,
        ("function_declaration", "name"): Rule(Role.DECLARE, outside=True),
        ("generator_function_declaration", "name"): Rule(Role.DECLARE, outside=True),
        ("class_declaration", "name"): Rule(Role.DECLARE, outside=True),
        ("function_expression", "name"): _DECLARES,
        ("generator_function", "name"): _DECLARES,
        ("class", "name"): _DECLARES,
        ("import_clause", ""): _DECLARES,
        ("namespace_import", ""): _DECLARES,
        ("import_specifier", "alias"): _DECLARES,
        ("import_specifier", "name"): _DECLARES,
        ("import_specifier alias", "alias"): _DECLARES,
        ("import_specifier alias", "name"): _WORD,
        ("export_specifier", "alias"): _WORD,
        ("export_specifier from", ""): _WORD,
        ("namespace_export", ""): _WORD,
    },
    variants={
        "for_in_statement": lambda node: kind.text if (kind := node["kind"]) else "",
        "import_specifier": lambda node: "alias" if node["alias"] else "",
        "export_specifier": _export,
    },
    patterns={
        "variable_declarator": "name",
        "object_pattern": "",
        "array_pattern": "",
        "rest_pattern": "",
        "pair_pattern": "value",
        "assignment_pattern": "left",
        "object_assignment_pattern": "left",
    },
    scopes=_words(
        f"{_FUNCTIONS} program statement_block switch_body class_static_block for_statement for_in_statement "
        "catch_clause arrow_function class_declaration class"
    ),
    functions=_words(f"{_FUNCTIONS} program arrow_function class_static_block"),
    implied={kind: _words("arguments") for kind in _FUNCTIONS.split()},
    ordered=False,
    calls={"call_expression": ("function", "arguments")},
    members={"member_expression": ("object", "property"), "subscript_expression": ("object", "index")},
    computed=_words("subscript_expression"),
    brackets=_words("parenthesized_expression"),
    strings=_words("string template_string"),
    numbers=_words("number"),
    constants={"true": True, "false": False, "null": None, "undefined": None},
    tables=_words("object"),
    lists=_words("array"),
    entries={"pair": ("key", "value")},
    lambdas=_words("arrow_function function_expression"),
    spread=_words("spread_element"),
    everywhere=_words(
        "constructor hasOwnProperty isPrototypeOf propertyIsEnumerable toJSON toLocaleString toString valueOf then "
        "__proto__"
    ),
)

GRAMMARS: Mapping[str, Grammar] = {each.language: each for each in (LUA, JAVASCRIPT)}
