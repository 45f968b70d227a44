"""The project 重大项目: its milestones, leaders, money, land and lists, each a fact with its version and basis."""

from txapi.domain.project.project import Project

__all__ = ["Project"]
