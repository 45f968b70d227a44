"""GraphQL documents: drawn from the schema with their variables, published ones, and any of them changed until they are none."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    GraphQLUnionType,
    Lexer,
    Source,
    TokenKind,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    print_ast,
    type_from_ast,
)
from graphql.language import OperationDefinitionNode
from graphql.utilities import ast_from_value

from tests.fuzz.values import TEXTS, Values, odd
from txapi.web.operations import operations

MOST_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document, and what is sent with it."""

    query: str
    variables: Any
    name: str | None = None


class Documents:
    """Draws documents of one schema. What is drawn follows from the generator of chance and nothing else."""

    def __init__(self, schema: GraphQLSchema, values: Values) -> None:
        self.schema = schema
        self.values = values
        self._sober = Values(values.known, oddness=0.0)
        self._published = []
        for path in operations().values():
            text = path.read_text(encoding="utf-8")
            [operation] = (each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode))
            self._published.append((text, operation))
        self._commands = [each for each in self._published if each[1].operation.value == "mutation"]

    def any(self, chance: random.Random) -> Drawn:
        """A document that fits the schema, or very nearly."""
        turn = chance.random()
        if turn < 0.3:
            return self.published(chance)
        kind = "mutation" if turn > 0.95 else "subscription" if turn > 0.93 else "query"
        return _Drawing(self, chance).operation(kind)

    def command(self, chance: random.Random) -> Drawn:
        """A published command, most often with values that could be meant."""
        values = self._sober if chance.random() < 0.7 else self.values
        return self._with_values(chance, *chance.choice(self._commands), values)

    def published(self, chance: random.Random) -> Drawn:
        """A published operation, with values of its types."""
        return self._with_values(chance, *chance.choice(self._published), self.values)

    def _with_values(
        self, chance: random.Random, text: str, operation: OperationDefinitionNode, values: Values
    ) -> Drawn:
        variables = {}
        for each in operation.variable_definitions or ():
            name = each.variable.name.value
            type_: Any = type_from_ast(self.schema, each.type)
            if each.type.kind == "non_null_type" or chance.random() < 0.35:
                variables[name] = values.of(chance, type_, name)
        return Drawn(text, variables, chance.choice((None, operation.name.value if operation.name else None)))

    def subscription(self, chance: random.Random) -> Drawn:
        """Something that goes on."""
        return _Drawing(self, chance).operation("subscription")

    def changed(self, chance: random.Random) -> Drawn:
        """A document in which tokens are missing, doubled, exchanged, or of another document; and its variables, changed as well."""
        drawn = self.any(chance)
        tokens = tokens_of(drawn.query)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            if not tokens:
                break
            at = chance.randrange(len(tokens))
            match chance.randrange(6):
                case 0:
                    del tokens[at]
                case 1:
                    tokens.insert(at, tokens[at])
                case 2:
                    other = chance.randrange(len(tokens))
                    tokens[at], tokens[other] = tokens[other], tokens[at]
                case 3:
                    tokens[at] = chance.choice(
                        (
                            *"{}()[]:!$@|&=",
                            "...",
                            "on",
                            "fragment",
                            "query",
                            "null",
                            "true",
                            "-1",
                            "1e400",
                            '""',
                            '"""',
                            "#",
                            "\x00",
                        )
                    )
                case 4:
                    tokens[at] = json.dumps(chance.choice(TEXTS), ensure_ascii=chance.random() < 0.5)
                case _:
                    begin = chance.randrange(len(tokens))
                    tokens[at:at] = tokens[begin : begin + 20]
        variables = drawn.variables
        if isinstance(variables, dict) and variables and chance.random() < 0.4:
            name = chance.choice(list(variables))
            variables = {**variables, name: odd(chance)}
        elif chance.random() < 0.05:
            variables = odd(chance)
        return Drawn(" ".join(tokens), variables, chance.choice((drawn.name, None, "", "other")))


def tokens_of(text: str) -> list[str]:
    """The tokens of a document, as they stand there."""
    lexer = Lexer(Source(text))
    found = []
    try:
        while (token := lexer.advance()).kind is not TokenKind.EOF:
            found.append(text[token.start : token.end])
    except GraphQLSyntaxError:
        pass
    return found


class _Drawing:
    """One document that comes to be."""

    def __init__(self, documents: Documents, chance: random.Random) -> None:
        self._documents = documents
        self._chance = chance
        self._fields_left = chance.choice((3, 8, 15, 30, 60))
        self._variables: dict[str, Any] = {}
        self._definitions: list[str] = []
        self._fragments: list[str] = []

    def operation(self, kind: str) -> Drawn:
        """A whole document."""
        chance = self._chance
        root = getattr(self._documents.schema, f"{kind}_type")
        body = self._selection(root, 0)
        head = kind if not self._definitions else f"{kind} Drawn({', '.join(self._definitions)})"
        text = f"{head} {body}\n" + "\n".join(self._fragments)
        return Drawn(text, self._variables if self._variables or chance.random() < 0.5 else None)

    def _selection(self, type_: Any, level: int) -> str:
        chance = self._chance
        fields: dict[str, GraphQLField] = {} if isinstance(type_, GraphQLUnionType) else type_.fields
        possible = [
            name for name, field in fields.items() if level < MOST_LEVELS or is_leaf_type(get_named_type(field.type))
        ]
        root = level == 0
        wanted = 1 if root and chance.random() < 0.7 else chance.choice((1, 2, 3, 5))
        parts: list[str] = []
        for name in chance.sample(possible, min(wanted, len(possible))):
            if self._fields_left <= 0 and parts:
                break
            self._fields_left -= 1
            parts.append(self._field(name, fields[name], level))
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType) and level < MOST_LEVELS:
            members = self._documents.schema.get_possible_types(type_)
            parts += [self._within(member, level) for member in chance.sample(list(members), min(2, len(members)))]
        if not parts or chance.random() < 0.1:
            parts.append("__typename")
        return "{ " + " ".join(parts) + " }"

    def _within(self, type_: GraphQLObjectType, level: int) -> str:
        body = self._selection(type_, level + 1)
        if self._chance.random() < 0.7:
            return f"... on {type_.name} {body}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {type_.name} {body}")
        return f"...{name}"

    def _field(self, name: str, field: GraphQLField, level: int) -> str:
        chance = self._chance
        given = []
        for called, argument in field.args.items():
            if is_required_argument(argument) or chance.random() < 0.3 or (called == "first" and chance.random() < 0.8):
                given.append(f"{called}: {self._argument(called, argument.type)}")
        text = name + (f"({', '.join(given)})" if given else "")
        if chance.random() < 0.12:
            text = f"a{chance.randrange(100)}: {text}"
        if chance.random() < 0.06:
            condition = chance.choice(("true", "false", self._variable("b", "Boolean!", chance.random() < 0.5)))
            text += f" @{chance.choice(('skip', 'include'))}(if: {condition})"
        type_ = get_named_type(field.type)
        return text if is_leaf_type(type_) else f"{text} {self._selection(type_, level + 1)}"

    def _argument(self, name: str, type_: Any) -> str:
        chance = self._chance
        value = self._documents.values.of(chance, type_, name)
        if chance.random() < 0.5:
            return self._variable(name, str(type_), value)
        try:
            node = ast_from_value(value, type_)
        except Exception:  # what does not fit the type is sent as a variable: there it is JSON
            return self._variable(name, str(type_), value)
        return "null" if node is None else print_ast(node)

    def _variable(self, name: str, type_: str, value: Any) -> str:
        called = f"{name}{len(self._definitions)}"
        self._definitions.append(f"${called}: {type_}")
        self._variables[called] = value
        return f"${called}"
