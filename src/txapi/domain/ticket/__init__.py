"""The ticket 工作联系单: the aggregate by subject, the questions that a clock answers, and its light."""

from txapi.domain.ticket.ticket import ACTIONS, Ticket

__all__ = ["ACTIONS", "Ticket"]
