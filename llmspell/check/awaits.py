"""Promises in JavaScript that are used as if they were what they promise. Only certain mistakes are told."""

from collections.abc import Iterator

from llmspell.bridge.op import Function, members
from llmspell.check.sight import Sight, finding
from llmspell.check.tree import Node
from llmspell.errors import SpellError

HINT = "it returns a promise: the value is there after `await`"

_PASSES = {
    ("ternary_expression", "consequence"), ("ternary_expression", "alternative"), ("sequence_expression", "right"),
}  # fmt: skip
"""Where a value goes on to whatever takes the whole; so does the right side of `&&`, `||` and `??`."""
_FAR = 50
"""Steps that a value is followed outwards; where it goes on from there is not evident."""
_LOGICAL = {"&&", "||", "??"}
_WHERE = {
    ("if_statement", "condition"), ("while_statement", "condition"), ("do_statement", "condition"),
    ("for_statement", "condition"), ("ternary_expression", "condition"), ("switch_statement", "value"),
    ("member_expression", "object"), ("subscript_expression", "object"), ("template_substitution", ""),
    ("call_expression", "function"), ("spread_element", ""), ("for_in_statement", "right"),
}  # fmt: skip
"""Where a promise is of no use."""
_OWN = {"then", "catch", "finally"}
_LENIENT = {("call_expression", "function"), ("if_statement", "condition"), ("ternary_expression", "condition")}
"""Where a promise under a name may stand with sense: whether there is one."""


def missing(sight: Sight) -> Iterator[SpellError]:
    """Yield the calls before which an `await` is missing."""
    if sight.source.language != "javascript":
        return
    yield from _dropped(sight)
    told = set()
    for call, spec in sight.calls():
        if spec.waits and _misused(sight, call, floats=True):
            told.add(call)
            yield _finding(sight, call, spec.path)
    for node, binding in sight.scopes.bindings.items():
        promise = sight.type(node) if node is not binding.node else None
        if promise is None or not promise.promise or promise.call is None or promise.call in told:
            continue
        asked = sight.called(promise.call)
        if asked is not None and _misused(sight, node, floats=False):
            told.add(promise.call)
            yield _finding(sight, promise.call, asked.path)


def _dropped(sight: Sight) -> Iterator[SpellError]:
    """Yield the statements that call an `async` function of the file, and leave nobody to wait for it."""
    for call in sight.tree.nodes:
        function = sight.grammar.bare(call["function"]) if call.kind == "call_expression" else None
        if function is not None and _is_async(sight, function) and _is_statement(sight, call):
            cure = f"{HINT}; to let it run on the side, `spawn(() => {function.text}(…))`"
            yield finding(call, "await", f"missing `await` before {function.text}(…)", cure)


def _is_async(sight: Sight, function: Node) -> bool:
    """Return whether a name evidently stands for an `async` function; one that yields promises nothing by itself."""
    binding = sight.scopes.bindings.get(function)
    if binding is None or binding.assigned:
        return False
    declared = binding.owner if binding.owner.kind == "function_declaration" else sight.value(binding)
    return declared is not None and declared.kind in _FUNCTIONS and declared.has("async")


def _is_statement(sight: Sight, call: Node) -> bool:
    above, _ = sight.grammar.consumer(call)
    return above is not None and above.kind == "expression_statement"


def _finding(sight: Sight, call: Node, path: str) -> SpellError:
    if due := _function_due(sight, call):
        cure = f"give the function, not what it returns: `() => {path}(…)`"
        return finding(call, "await", f"{due} must be a function, got a promise", cure, kind="args")
    inside = next((each for each in call.above() if each.kind in _FUNCTIONS), None)
    hint = HINT
    if inside is not None and not inside.has("async"):
        hint += ", in an `async` function"
    return finding(call, "await", f"missing `await` before {path}(…)", hint)


_FUNCTIONS = ("arrow_function", "function_declaration", "function_expression", "method_definition")


def _misused(sight: Sight, node: Node, *, floats: bool) -> bool:
    above, field = sight.grammar.consumer(node)
    far = 0
    while above is not None and far < _FAR and ((above.kind, field) in _PASSES or _passes_on(above, field)):
        above, field = sight.grammar.consumer(above)
        far += 1
    if above is None or far == _FAR:
        return False
    if above.kind == "expression_statement":
        return floats
    if above.kind == "member_expression" and sight.member(above) in _OWN:
        return False
    if not floats and (above.kind, field) in _LENIENT:
        return False
    if (above.kind, field) in _WHERE:
        return not above.has("await")
    return _compared(above, field, floats) or _taken_apart(above, field) or _passed(sight, above, field)


def _function_due(sight: Sight, node: Node) -> str | None:
    """Return the parameter that a promise is given for, if that must be a function."""
    given = node.parent
    call = given.parent if given is not None and given.kind == "arguments" else None
    spec = sight.called(call) if call is not None and call.kind in sight.grammar.calls else None
    if given is None or spec is None:
        return None
    for param, child in zip(spec.params, given.children, strict=False):
        if child is node and Function in members(param.type):
            return f"{spec.path}: `{param.name}`"
    return None


def _passes_on(above: Node, field: str) -> bool:
    return above.kind == "binary_expression" and field == "right" and _operator(above) in _LOGICAL


def _operator(node: Node) -> str:
    operator = node["operator"]
    return operator.text if operator else ""


def _compared(above: Node, field: str, floats: bool) -> bool:
    """Return whether a value is computed with, compared, or asked for its truth."""
    if above.kind == "augmented_assignment_expression":
        return field == "right" and _operator(above).removesuffix("=") not in _LOGICAL
    if above.kind == "unary_expression":
        return _operator(above) in "+-~" or (floats and _operator(above) == "!")
    if above.kind != "binary_expression":
        return False
    operator = _operator(above)
    if operator in _LOGICAL:
        return floats and field == "left"
    return floats or operator not in ("==", "===", "!=", "!==", "in", "instanceof")


def _taken_apart(above: Node, field: str) -> bool:
    if above.kind == "variable_declarator" and field == "value":
        name = above["name"]
    elif above.kind == "assignment_expression" and field == "right":
        name = above["left"]
    else:
        return False
    return name is not None and name.kind in ("object_pattern", "array_pattern")


def _passed(sight: Sight, above: Node, field: str) -> bool:
    """Return whether a value is an argument of an op or a verb: none of them takes a promise."""
    call = above.parent
    if above.kind != "arguments" or field or call is None or call.kind not in sight.grammar.calls:
        return False
    return sight.called(call) is not None
