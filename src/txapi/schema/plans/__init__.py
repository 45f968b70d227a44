"""Plans: a list whose selection is plain is told by one statement, as JSON that the database puts together (decision 48).

`told_by_plan` tells one list, wherever it stands, and `Wholes` an operation of nothing but such lists. Both answer None wherever there
is any doubt; the executor then carries it out as ever. What a list is, its arguments and its errors are its resolver's, with a plan and
without; a plan takes the place of what follows: its rows, and what is told of them. How fields are told follows from the tables and from
what the fields declare (`plain.py`), and `prove` compares both with the schema when that is built.
"""

from txapi.schema.plans.fields import prove
from txapi.schema.plans.telling import told_by_plan
from txapi.schema.plans.whole import Wholes

__all__ = ["Wholes", "prove", "told_by_plan"]
