"""Source text of functions and of a command line, and the tests of both."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from genesis.tools.scaffold.blueprint import Example, Function, Option


def functions(wanted: Sequence[Function]) -> str:
    """The functions: with the body that was derived, or one that says what is missing."""
    return "".join("\n\n" + _function(one) for one in wanted)


def parameters(one: Function) -> list[tuple[str, str | None, str | None]]:
    """Parameters with their annotations; where none was stated, the type that all examples share."""
    found = []
    for at, (name, annotation, default) in enumerate(one.parameters):
        found.append(
            (name, annotation or _shared([e.arguments[at] for e in one.examples if at < len(e.arguments)]), default)
        )
    return found


def returned(one: Function) -> str | None:
    """The annotation of what it returns."""
    return one.returns or _shared([example.result for example in one.examples if example.result is not None])


def _function(one: Function) -> str:
    shown = ", ".join(
        name
        + (f": {annotation}" if annotation else "")
        + (f"{' = ' if annotation else '='}{default}" if default else "")
        for name, annotation, default in parameters(one)
    )
    returns = returned(one)
    lines = [f"def {one.name}({shown}){f' -> {returns}' if returns else ''}:"]
    purpose = _text(one.purpose or f"{one.name} as it was asked for.")
    if one.body is not None:
        note = f"The simplest expression that gives all {len(one.examples)} examples that were stated."
        lines += [f'    """{purpose}', "", f"    {note}", '    """', f"    return {one.body}"]
    else:
        lines += [
            f'    """{purpose}"""',
            f"    raise NotImplementedError({f'{one.name} is not written: {one.why_not}'!r})",
        ]
    return "\n".join(lines) + "\n"


def _text(purpose: str) -> str:
    return purpose.strip().rstrip('"').rstrip() or "As it was asked for."


def function_tests(wanted: Sequence[Function]) -> str:
    """Tests that the stated examples hold. Of functions that are not written they are expected to fail, strictly."""
    body: list[str] = []
    for one in wanted:
        results = [example for example in one.examples if example.result is not None]
        raised = [example for example in one.examples if example.raises is not None]
        waiting = [
            f'@pytest.mark.xfail(raises=NotImplementedError, strict=True, reason="{one.name} is not written yet")'
        ]
        mark = [] if one.body is not None else waiting
        if results:
            body += ["", "", *mark, "@pytest.mark.parametrize(", '    ("arguments", "expected"),', "    ["]
            body += [f"        ({_tuple(example)}, {_expected(example)})," for example in results]
            body += ["    ],", ")", f"def test_{one.name}_gives_its_examples(arguments, expected):"]
            body += [f"    assert {one.name}(*arguments) == expected"]
        if raised:
            body += ["", "", *mark, "@pytest.mark.parametrize(", '    ("arguments", "error"),', "    ["]
            body += [f"        ({_tuple(example)}, {example.raises})," for example in raised]
            body += ["    ],", ")", f"def test_{one.name}_raises(arguments, error):", "    with pytest.raises(error):"]
            body += [f"        {one.name}(*arguments)"]
        if not one.examples:
            given = ", ".join(["None"] * sum(default is None for _, _, default in one.parameters))
            body += [
                "",
                "",
                f"def test_{one.name}_says_that_it_is_not_written():",
                "    with pytest.raises(NotImplementedError):",
            ]
            body += [f"        {one.name}({given})"]
    return "\n".join(body) + "\n"


def command_line(options: Sequence[Option], wanted: Sequence[Function], name: str) -> tuple[str, str | None]:
    """`parse` and `main`; and the name of the function that it runs, None when what it should do is not known."""
    lines = [
        "",
        "",
        "def parse(argv: list[str] | None = None) -> argparse.Namespace:",
        '    """Reads the command line."""',
    ]
    lines += [f"    parser = argparse.ArgumentParser(prog={name!r})"]
    target = _target(options, wanted)
    if not options and target is not None:
        lines += [f"    parser.add_argument({p!r}, type={_converter(kind)})" for p, kind, _ in parameters(target)]
    lines += [f"    {_add(option)}" for option in options]
    lines += ["    return parser.parse_args(argv)", "", "", "def main(argv: list[str] | None = None) -> int:"]
    if target is not None:
        given = ", ".join(f"options.{p}" for p, _, _ in target.parameters)
        lines += [f'    """Prints what {target.name} gives for the command line."""']
        lines += [
            "    options = parse(argv)" if given else "    parse(argv)",
            f"    print({target.name}({given}))",
            "    return 0",
        ]
    else:
        lines += ['    """Reads the command line; what to do with it is not written."""', "    parse(argv)"]
        lines += ["    raise NotImplementedError('what the command does was not said so that it could be derived')"]
    lines += ["", "", 'if __name__ == "__main__":', "    sys.exit(main())"]
    return "\n".join(lines) + "\n", target.name if target else None


def _target(options: Sequence[Option], wanted: Sequence[Function]) -> Function | None:
    names = {option.name for option in options}
    if options:
        return next((one for one in wanted if {p for p, _, _ in one.parameters} == names), None)
    return wanted[0] if len(wanted) == 1 and wanted[0].parameters else None


def command_line_tests(options: Sequence[Option], wanted: Sequence[Function]) -> str:
    """Tests of parsing: every option is read, defaults hold, what is required is asked for."""
    body: list[str] = []
    target = _target(options, wanted)
    if options:
        line: list[str] = []
        checks: list[str] = []
        for option in options:
            flag = [] if option.positional else ["--" + option.name.replace("_", "-")]
            value = {"int": "7", "float": "2.5", "str": "text", "flag": ""}[option.type]
            line += flag + ([value] if value else [])
            literal = {"int": "7", "float": "2.5", "str": "'text'", "flag": "True"}[option.type]
            checks.append(f"    assert options.{option.name} == {literal}")
        body += ["", "", "def test_every_option_is_read():", f"    options = parse({line!r})", *checks]
        needed: list[str] = []
        for option in options:
            if option.required or option.positional:
                flag = [] if option.positional else ["--" + option.name.replace("_", "-")]
                needed += [*flag, {"int": "7", "float": "2.5", "str": "text", "flag": ""}[option.type]]
        defaults = [option for option in options if not option.required and not option.positional]
        if defaults:
            body += ["", "", "def test_defaults():", f"    options = parse({needed!r})"]
            body += [f"    assert options.{option.name} == {_default(option)}" for option in defaults]
        if needed:
            body += [
                "",
                "",
                "def test_what_is_required_is_asked_for():",
                "    with pytest.raises(SystemExit):",
                "        parse([])",
            ]
    if target is not None and target.body is not None and target.examples:
        example = target.examples[0]
        given = [str(ast.literal_eval(argument)) for argument in example.arguments]
        simple = all(isinstance(ast.literal_eval(argument), str | int | float) for argument in example.arguments)
        if not options and simple and not any(argument.startswith("-") for argument in given):
            body += ["", "", "def test_the_command_prints_an_example(capsys):", f"    assert main({given!r}) == 0"]
            body += [
                f"    assert capsys.readouterr().out == {str(ast.literal_eval(example.result or 'None')) + chr(10)!r}"
            ]
    return "\n".join(body) + "\n" if body else ""


def _add(option: Option) -> str:
    flag = option.name if option.positional else "--" + option.name.replace("_", "-")
    if option.type == "flag":
        return f'parser.add_argument("{flag}", action="store_true", help={option.help!r})'
    extra = "" if option.positional else ", required=True" if option.required else f", default={_default(option)}"
    return f'parser.add_argument("{flag}", type={option.type}{extra}, help={option.help.replace("%", "%%")!r})'


def _default(option: Option) -> str:
    if option.type == "flag":
        return "False"
    if option.default is None:
        return "None"
    return repr(option.default) if option.type == "str" else option.default


def _converter(annotation: str | None) -> str:
    return annotation if annotation in ("int", "float") else "str"


def _shared(texts: Sequence[str]) -> str | None:
    kinds = {type(ast.literal_eval(text)).__name__ for text in texts}
    if kinds == {"int", "float"}:
        return "float"
    return (
        kinds.pop()
        if len(kinds) == 1 and kinds <= {"int", "str", "float", "bool", "list", "dict", "tuple", "bytes"}
        else None
    )


def _tuple(example: Example) -> str:
    return f"({', '.join(example.arguments)}{',' if len(example.arguments) == 1 else ''})"


def _expected(example: Example) -> str:
    value = ast.literal_eval(example.result or "None")
    return f"pytest.approx({example.result})" if isinstance(value, float) else str(example.result)
