"""The executor 执行器: graphql-core's, which looks at the time, has lists told by their plans, and takes leaves from where they are."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLObjectType, Undefined
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from txapi.schema.connections import Connection
from txapi.schema.leaves import Leaf, NotAsExpected, leaf_of
from txapi.schema.plans import told_by_plan


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation. Every resolver answers at once: nothing is awaited."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leaves: dict[int, tuple[Any, list[tuple[str, Leaf | None, Any]]]] = {}

    def complete_object_value(self, *arguments: Any) -> Any:
        """See graphql-core."""
        deadline = self.context_value.deadline
        if deadline is not None:
            deadline.check()
        result = arguments[4]
        if isinstance(result, Connection):
            told = told_by_plan(self, *arguments)
            if told is not None:
                return told
            result.read()
        return super().complete_object_value(*arguments)

    def execute_fields(
        self, parent_type: GraphQLObjectType, source: Any, path: Path | None, fields: Any, position_context: Any
    ) -> dict[str, Any]:
        """See graphql-core: the fields of one object, in order."""
        known = self._leaves.get(id(fields))
        if known is None:
            # The fields are kept beside what is known of them, so that nothing else can have their id.
            known = self._leaves[id(fields)] = (
                fields,
                [(name, self._leaf(parent_type, details), details) for name, details in fields.items()],
            )
        results: dict[str, Any] = {}
        for name, leaf, details in known[1]:
            if leaf is not None:
                try:
                    results[name] = leaf.of(source)
                except (NotAsExpected, AttributeError):
                    pass
                else:
                    continue
            told = self.execute_field(
                parent_type, source, details, Path(path, name, parent_type.name), position_context
            )
            if told is not Undefined:
                results[name] = told
        return results

    def _leaf(self, parent_type: GraphQLObjectType, details: Any) -> Leaf | None:
        field = parent_type.fields.get(details[0].node.name.value)
        return None if field is None else leaf_of(field)
